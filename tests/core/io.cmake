kinora_add_test(tst_clip_file LIBS kinora::io)
target_link_libraries(tst_clip_file PRIVATE PkgConfig::HDF5)  # makes hostile files
kinora_add_test(tst_transform LIBS kinora::io)
kinora_add_test(tst_picture LIBS kinora::decode)
kinora_add_test(tst_encoder LIBS kinora::decode)
if(KINORA_GUI)
  target_link_libraries(tst_encoder PRIVATE Qt6::Gui)  # its GIF reader is what people look with
  target_compile_definitions(tst_encoder PRIVATE KINORA_TEST_QT_GUI)
endif()
kinora_add_test(tst_safetensors_clips LIBS kinora::io)
