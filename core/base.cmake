execute_process(COMMAND git -C ${CMAKE_SOURCE_DIR} describe --always --dirty --abbrev=10 OUTPUT_VARIABLE KINORA_GIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
configure_file(util/version.h.in ${CMAKE_BINARY_DIR}/generated/kinora_version.h)

kinora_add_library(base
  SOURCES
    util/error.cpp util/outcome.cpp util/log.cpp util/file.cpp util/text.cpp util/process.cpp util/memory.cpp util/sha256.cpp util/safetensors.cpp
    clip/frames.cpp clip/transform.cpp options/options.cpp control/control.cpp control/key_poses.cpp control/sequence_edit.cpp describe/describe.cpp dataset/clip_source.cpp dataset/safetensors_clips.cpp dataset/clip_subset.cpp dataset/exclusions.cpp dataset/cached_import.cpp protocol/message.cpp coding/clip_coding.cpp
  PUBLIC kinora_headers Threads::Threads)
if(TARGET spdlog::spdlog)
  target_link_libraries(kinora_base PRIVATE spdlog::spdlog)
  target_compile_definitions(kinora_base PRIVATE KINORA_HAS_SPDLOG)
endif()
