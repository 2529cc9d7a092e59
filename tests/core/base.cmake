kinora_add_test(tst_base LIBS kinora::base)
kinora_add_test(tst_safetensors LIBS kinora::base)
kinora_add_test(tst_protocol LIBS kinora::base)
kinora_add_test(tst_layers LIBS kinora::base)
