kinora_add_library(store SOURCES events/tfevents.cpp run/run_directory.cpp PUBLIC kinora::base)
