kinora_add_test(tst_tfevents LIBS kinora::store)
kinora_add_test(tst_run_directory LIBS kinora::store)
kinora_add_test(tst_run_actions LIBS kinora::store)
kinora_add_test(tst_study LIBS kinora::store)
