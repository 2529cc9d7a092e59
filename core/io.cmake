kinora_add_library(io SOURCES clipfile/clip_file.cpp image/transform.cpp export/encoder.cpp export/libav.cpp
  PUBLIC kinora::base PRIVATE opencv_core opencv_imgproc PkgConfig::LIBAV PkgConfig::HDF5)
