kinora_add_test(tst_spectral_norm LIBS kinora::engine TORCH)
kinora_add_test(tst_pth LIBS kinora::engine TORCH)
kinora_add_test(tst_clip_loader LIBS kinora_test_support TORCH)
kinora_add_test(tst_trainer LIBS kinora_test_support kinora::store TORCH)
