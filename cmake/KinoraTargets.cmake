# Warnings for our own code, ccache and mold where present, and the way to add a test.
find_program(KINORA_CCACHE ccache)
if(KINORA_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_PCH_EXTSUM=1 ${KINORA_CCACHE})
endif()
find_program(KINORA_MOLD mold)
if(KINORA_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# one kind of position-independent code everywhere: a precompiled header made with -fPIC is refused under -fPIE
set(CMAKE_CXX_COMPILE_OPTIONS_PIE -fPIC)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

add_library(kinora_warnings INTERFACE)
add_library(kinora::warnings ALIAS kinora_warnings)
target_compile_options(kinora_warnings INTERFACE -Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers)
# GCC 12 sees uninitialised values and overflows in libstdc++ and LibTorch code that it inlines into ours
target_compile_options(kinora_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds -Wno-restrict -Wno-stringop-overread>)

add_library(kinora_settings INTERFACE)  # what every target of ours compiles with
target_include_directories(kinora_settings INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_definitions(kinora_settings INTERFACE QT_NO_KEYWORDS QT_NO_CAST_TO_ASCII QT_USE_QSTRINGBUILDER)
if(KINORA_SANITIZE)
  target_compile_options(kinora_settings INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer)
  target_link_options(kinora_settings INTERFACE -fsanitize=address,undefined)
endif()

# kinora_add_library(name SOURCES ... PUBLIC ... PRIVATE ...): static library kinora_<name>, alias kinora::<name>
function(kinora_add_library name)
  cmake_parse_arguments(A "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(kinora_${name} STATIC ${A_SOURCES})
  add_library(kinora::${name} ALIAS kinora_${name})
  target_link_libraries(kinora_${name} PUBLIC kinora_settings ${A_PUBLIC} PRIVATE kinora::warnings ${A_PRIVATE})
endfunction()

# kinora_add_test(tst_name LIBS ... [LONG]): QtTest program from tst_name.cpp; LONG ones run with ./check --long
function(kinora_add_test name)
  cmake_parse_arguments(A "LONG;TORCH" "" "LIBS;SOURCES" ${ARGN})
  add_executable(${name} ${name}.cpp ${A_SOURCES})
  set_target_properties(${name} PROPERTIES AUTOMOC ON RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_compile_definitions(${name} PRIVATE
    KINORA_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data" KINORA_SOURCE_DIR="${CMAKE_SOURCE_DIR}" KINORA_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
  target_link_libraries(${name} PRIVATE ${A_LIBS} Qt6::Test kinora::warnings)
  if(A_TORCH)
    target_precompile_headers(${name} REUSE_FROM kinora_engine)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES ENVIRONMENT "QT_QPA_PLATFORM=offscreen;LC_ALL=C.UTF-8")
  if(A_LONG)
    set_tests_properties(${name} PROPERTIES LABELS long)
  endif()
endfunction()
