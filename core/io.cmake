kinora_add_library(io SOURCES clipfile/clip_file_reader.cpp clipfile/clip_file_writer.cpp clipfile/hdf5_access.cpp export/base64.cpp export/comparison.cpp export/encoder.cpp export/figure.cpp export/gif.cpp export/lettering.cpp export/libav.cpp
  export/palette.cpp export/read_back.cpp export/recipe.cpp export/size_limit.cpp
  PUBLIC kinora::base PRIVATE PkgConfig::LIBAV PkgConfig::HDF5)
