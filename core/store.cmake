kinora_add_library(store SOURCES events/event_data.cpp events/event_parser.cpp events/plain_reader.cpp events/tfevents_reader.cpp events/tfevents_writer.cpp run/run_directory.cpp PUBLIC kinora::base)
