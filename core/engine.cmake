kinora_add_library(engine
  SOURCES
    nn/spectral_norm.cpp nn/init.cpp
    system/system.cpp system/generation_plan.cpp system/averaged_weights.cpp system/checkpoint.cpp system/generation.cpp system/device.cpp system/peak_memory.cpp system/serve.cpp system/pth_reader.cpp system/pth_writer.cpp
    plan/fold.cpp plan/loops.cpp plan/pieces.cpp
    metrics/metric.cpp metrics/metric_clips.cpp metrics/pixel_metrics.cpp metrics/frechet.cpp metrics/judge.cpp metrics/swap_consistency.cpp metrics/factor_variance.cpp
    inversion/inversion.cpp loader/clip_loader.cpp training/sample_controls.cpp training/metric_controls.cpp training/precision.cpp training/schedule.cpp training/update.cpp training/balance_watch.cpp training/out_of_memory.cpp training/run_metrics.cpp training/trainer.cpp
  PUBLIC kinora::base LibTorch::cpu PRIVATE ${CMAKE_DL_LIBS})
# the one precompiled header of everything that sees LibTorch; others take it with REUSE_FROM
target_precompile_headers(kinora_engine PRIVATE <torch/torch.h>)
# loops: one function for several instruction sets, vectorised; pieces: at::parallel_for is only parallel under OpenMP, whose library LibTorch brings
set_source_files_properties(plan/loops.cpp PROPERTIES COMPILE_OPTIONS "-O3" SKIP_PRECOMPILE_HEADERS ON)
set_source_files_properties(plan/pieces.cpp PROPERTIES COMPILE_OPTIONS "-O3;-fopenmp" SKIP_PRECOMPILE_HEADERS ON)
if(EXISTS "${KINORA_LIBTORCH}/lib/libgomp.so.1")
  target_link_libraries(kinora_engine PRIVATE "${KINORA_LIBTORCH}/lib/libgomp.so.1")
else()
  target_link_libraries(kinora_engine PRIVATE gomp)
endif()
