kinora_add_library(decode SOURCES decode/picture.cpp decode/video.cpp decode/face.cpp decode/person.cpp decode/flow.cpp decode/npy.cpp
  PUBLIC kinora::io PRIVATE PkgConfig::LIBAV opencv_core opencv_imgproc opencv_objdetect opencv_video)
