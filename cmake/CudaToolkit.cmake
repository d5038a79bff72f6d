# Says by CUDAToolkit_ROOT which CUDA toolkit find_package takes:
#   one that is named by CUDAToolkit_ROOT or CMAKE_CUDA_COMPILER;
#   else the first compiler of CUDACXX, CUDA_HOME, PATH, CUDA_PATH and /usr/local;
#   but if that one has not all that the plugin needs, the toolkit that scripts/cuda_toolkit.sh fetched, if it did.
# scripts/cuda_paths.sh has the same order. A build directory keeps the toolkit that it was first built with.

# Sets `result` to the toolkit's directory.
function(cuda_root nvcc result)
  cmake_path(GET nvcc PARENT_PATH directory)
  cmake_path(GET directory PARENT_PATH directory)
  set(${result} ${directory} PARENT_SCOPE)
endfunction()

# Sets `result` to whether the toolkit of a compiler is of version 12 or later and has cuBLAS, and cuDNN 9 is there too.
function(cuda_is_whole nvcc result)
  set(${result} FALSE PARENT_SCOPE)
  cuda_root(${nvcc} root)
  execute_process(COMMAND ${nvcc} --version OUTPUT_VARIABLE version ERROR_QUIET)
  set(CUDAToolkit_INCLUDE_DIRS ${root}/include ${root}/targets/x86_64-linux/include)
  set(CUDAToolkit_LIBRARY_DIR ${root}/lib64 ${root}/targets/x86_64-linux/lib)
  find_library(cublas cublas HINTS ${CUDAToolkit_LIBRARY_DIR} NO_CACHE)
  find_package(CUDNN 9 QUIET)
  if(version MATCHES "release ([0-9]+)" AND CMAKE_MATCH_1 GREATER_EQUAL 12 AND cublas AND CUDNN_FOUND)
    set(${result} TRUE PARENT_SCOPE)
  endif()
endfunction()

# What a look at another toolkit has left in the cache, but what the user said.
function(cuda_forget_toolkit)
  get_cmake_property(names CACHE_VARIABLES)
  list(FILTER names INCLUDE REGEX "^(CUDAToolkit|CUDA|CUDNN|NCCL)_")
  list(FILTER names EXCLUDE REGEX "_ROOT$")
  foreach(name IN LISTS names)
    unset(${name} CACHE)
  endforeach()
endfunction()

function(cuda_choose_toolkit)
  file(GLOB numbered /usr/local/cuda-*)
  find_program(nvcc NAMES ${CMAKE_CUDA_COMPILER} $ENV{CUDACXX} nvcc HINTS $ENV{CUDA_HOME}
               PATHS ENV CUDA_PATH /usr/local/cuda ${numbered} PATH_SUFFIXES bin NO_CACHE)
  set(whole FALSE)
  if(nvcc)
    file(REAL_PATH ${nvcc} nvcc) # a link stands in no toolkit
    cuda_root(${nvcc} root)
    set(CUDAToolkit_ROOT ${root} PARENT_SCOPE)
  endif()

  set(cache "$ENV{XDG_CACHE_HOME}")
  if(NOT IS_ABSOLUTE "${cache}")
    set(cache "$ENV{HOME}/.cache")
  endif()
  set(fetched ${cache}/matinee/cuda/toolkit)
  if(CMAKE_CUDA_COMPILER OR NOT EXISTS ${fetched}/bin/nvcc)
    return()
  endif()
  if(nvcc)
    cuda_is_whole(${nvcc} whole)
  endif()
  if(NOT whole)
    cuda_forget_toolkit()
    set(CUDAToolkit_ROOT ${fetched} PARENT_SCOPE)
  endif()
endfunction()

if(MATINEE_CUDA_TOOLKIT)
  if(NOT EXISTS ${MATINEE_CUDA_TOOLKIT})
    message(FATAL_ERROR "${MATINEE_CUDA_TOOLKIT}, the CUDA toolkit of this build, is gone. Fetch it again with "
                        "scripts/setup.sh --cuda, or configure anew with --fresh.")
  endif()
  if(CUDAToolkit_ROOT)
    file(REAL_PATH ${CUDAToolkit_ROOT} named)
    file(REAL_PATH ${MATINEE_CUDA_TOOLKIT} built)
    if(NOT named STREQUAL built)
      message(WARNING "CUDAToolkit_ROOT=${CUDAToolkit_ROOT} is left aside: this build has the CUDA toolkit "
                      "${MATINEE_CUDA_TOOLKIT}. Configure anew with --fresh.")
    endif()
  endif()
  set(CUDAToolkit_ROOT ${MATINEE_CUDA_TOOLKIT})
elseif(NOT CUDAToolkit_ROOT AND NOT DEFINED ENV{CUDAToolkit_ROOT})
  cuda_choose_toolkit()
endif()
