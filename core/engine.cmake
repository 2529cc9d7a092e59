kinora_add_library(engine
  SOURCES
    nn/spectral_norm.cpp nn/init.cpp nn/row_kernels.cpp nn/halving_convolution.cpp nn/picture_convolution.cpp nn/strip_product.cpp nn/fast_layers.cpp nn/fused_adam.cpp nn/device_kernels.cpp nn/device_graphs.cpp
    system/system.cpp system/generation_plan.cpp system/graphed_generation.cpp system/averaged_weights.cpp system/checkpoint.cpp system/closed_form.cpp system/generation.cpp system/device.cpp system/peak_memory.cpp serve/serve.cpp system/pth_reader.cpp system/pth_writer.cpp
    plan/fold.cpp plan/rows.cpp plan/device_pieces.cpp nn/loops.cpp nn/loops_bf16.cpp nn/buffer.cpp plan/pieces.cpp
    metrics/metric.cpp metrics/metric_clips.cpp metrics/pixel_metrics.cpp metrics/frechet.cpp metrics/judge.cpp metrics/swap_consistency.cpp metrics/factor_variance.cpp metrics/frame_similarity.cpp metrics/best_of_n.cpp
    inversion/inversion.cpp loader/clip_loader.cpp training/sample_controls.cpp training/metric_controls.cpp training/precision.cpp training/schedule.cpp training/update.cpp training/balance_watch.cpp training/out_of_memory.cpp training/recorded_step.cpp training/run_metrics.cpp training/self_test.cpp training/trainer.cpp
  PUBLIC kinora::base LibTorch::cpu PRIVATE ${CMAKE_DL_LIBS})
# the one precompiled header of everything that sees LibTorch; others take it with REUSE_FROM
target_precompile_headers(kinora_engine PRIVATE <torch/torch.h>)
# loops that the compiler is to turn into vector instructions
set_source_files_properties(nn/loops.cpp nn/loops_bf16.cpp PROPERTIES COMPILE_OPTIONS "-O3" SKIP_PRECOMPILE_HEADERS ON)
set_source_files_properties(plan/pieces.cpp ${CMAKE_CURRENT_SOURCE_DIR}/nn/row_kernels.cpp ${CMAKE_CURRENT_SOURCE_DIR}/nn/halving_convolution.cpp ${CMAKE_CURRENT_SOURCE_DIR}/nn/picture_convolution.cpp PROPERTIES COMPILE_OPTIONS "-O3;-fopenmp" SKIP_PRECOMPILE_HEADERS ON)
target_link_libraries(kinora_engine PRIVATE LibTorch::openmp)  # the one that LibTorch itself runs on: two of them in a process would fight for the cores
