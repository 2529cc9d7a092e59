kinora_add_test(tst_clip_file LIBS kinora::io)
target_link_libraries(tst_clip_file PRIVATE PkgConfig::HDF5)  # makes hostile files
kinora_add_test(tst_clip_reading LIBS kinora::io)
target_link_libraries(tst_clip_reading PRIVATE PkgConfig::HDF5)  # makes foreign files
kinora_add_test(tst_transform LIBS kinora::io)
kinora_add_test(tst_picture LIBS kinora::decode)
kinora_add_test(tst_comparison LIBS kinora::io)
kinora_add_test(tst_encoder LIBS kinora::decode)
kinora_add_test(tst_export LIBS kinora::decode)
target_link_libraries(tst_export PRIVATE PkgConfig::LIBAV)  # decodes animated WebP frame by frame
if(KINORA_GUI)
  target_link_libraries(tst_encoder PRIVATE Qt6::Gui)  # its GIF reader is what people look with
  target_compile_definitions(tst_encoder PRIVATE KINORA_TEST_QT_GUI)
endif()
kinora_add_test(tst_safetensors_clips LIBS kinora::io)
foreach(_test video face_and_person flow)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/tst_${_test}.cpp)
    kinora_add_test(tst_${_test} LIBS kinora_test_videos kinora::datasets_builtin)  # faces that a detector knows
  endif()
endforeach()
