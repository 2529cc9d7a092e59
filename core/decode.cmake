kinora_add_library(decode SOURCES decode/picture.cpp PUBLIC kinora::io PRIVATE PkgConfig::LIBAV)
