kinora_add_library(io SOURCES clipfile/clip_file_reader.cpp clipfile/clip_file_writer.cpp clipfile/hdf5_access.cpp export/encoder.cpp export/libav.cpp
  PUBLIC kinora::base PRIVATE PkgConfig::LIBAV PkgConfig::HDF5)
