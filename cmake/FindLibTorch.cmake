# LibTorch from the torch wheel: imported target LibTorch::cpu (libtorch_cpu + libc10).
# The stock TorchConfig.cmake of a CUDA wheel demands an installed CUDA toolkit; this one links the CPU half alone and leaves
# libtorch_cuda.so to be loaded at run time.
#   KINORA_LIBTORCH  the folder with lib/ and include/ (cache or environment)
if(NOT KINORA_LIBTORCH AND DEFINED ENV{KINORA_LIBTORCH})
  set(KINORA_LIBTORCH $ENV{KINORA_LIBTORCH})
endif()
set(KINORA_LIBTORCH "${KINORA_LIBTORCH}" CACHE PATH "The torch folder of a torch 2.11.0 wheel" FORCE)
if(NOT EXISTS "${KINORA_LIBTORCH}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "LibTorch was not found in KINORA_LIBTORCH='${KINORA_LIBTORCH}'. Run ./check, which fetches it, or set KINORA_LIBTORCH to the 'torch' folder of a torch 2.11.0 wheel.")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch REQUIRED_VARS KINORA_LIBTORCH)
# the two CUDA libraries that libtorch_cpu.so names lie beside it in the wheels' tree
file(GLOB _nvidia LIST_DIRECTORIES true "${KINORA_LIBTORCH}/../nvidia/*/lib")
if(NOT TARGET LibTorch::cpu)
  add_library(LibTorch::c10 SHARED IMPORTED)
  set_target_properties(LibTorch::c10 PROPERTIES IMPORTED_LOCATION "${KINORA_LIBTORCH}/lib/libc10.so")
  add_library(LibTorch::cpu SHARED IMPORTED)
  set_target_properties(LibTorch::cpu PROPERTIES
    IMPORTED_LOCATION "${KINORA_LIBTORCH}/lib/libtorch_cpu.so"
    INTERFACE_LINK_LIBRARIES LibTorch::c10
    INTERFACE_INCLUDE_DIRECTORIES "${KINORA_LIBTORCH}/include;${KINORA_LIBTORCH}/include/torch/csrc/api/include"
    INTERFACE_COMPILE_DEFINITIONS "_GLIBCXX_USE_CXX11_ABI=1")
  add_library(LibTorch::openmp SHARED IMPORTED)
  set_target_properties(LibTorch::openmp PROPERTIES IMPORTED_LOCATION "${KINORA_LIBTORCH}/lib/libgomp.so.1")
  foreach(_dir ${_nvidia})
    set_property(TARGET LibTorch::cpu APPEND PROPERTY INTERFACE_LINK_OPTIONS "LINKER:-rpath-link,${_dir}")
  endforeach()
endif()
