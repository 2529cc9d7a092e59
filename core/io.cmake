kinora_add_library(io SOURCES clipfile/clip_file.cpp export/encoder.cpp export/libav.cpp
  PUBLIC kinora::base PRIVATE PkgConfig::LIBAV PkgConfig::HDF5)
