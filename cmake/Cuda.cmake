# MATINEE_CUDA chooses whether the plugin lib/matinee/matinee_cuda.so is built; MATINEE_HAVE_CUDA says that it is. The
# program itself never links a CUDA library: it starts where there is none.
set(MATINEE_CUDA AUTO CACHE STRING "Build the CUDA plugin: AUTO (if a toolkit is found), ON or OFF")
set_property(CACHE MATINEE_CUDA PROPERTY STRINGS AUTO ON OFF)

set(MATINEE_HAVE_CUDA OFF)
if(MATINEE_CUDA STREQUAL "AUTO" OR MATINEE_CUDA STREQUAL "ON")
  # FindCUDAToolkit before CMake 3.26 refers to this library whether or not the toolkit has it, and CUDA 13 has not.
  if(CMAKE_VERSION VERSION_LESS 3.26 AND NOT TARGET CUDA::nvToolsExt)
    add_library(CUDA::nvToolsExt INTERFACE IMPORTED)
  endif()
  find_package(CUDAToolkit 12 QUIET)
  if(CUDAToolkit_FOUND AND TARGET CUDA::cudart)
    set(MATINEE_HAVE_CUDA ON)
    message(STATUS "CUDA toolkit ${CUDAToolkit_VERSION} in ${CUDAToolkit_LIBRARY_DIR}: building the CUDA plugin")
  elseif(MATINEE_CUDA STREQUAL "ON")
    message(FATAL_ERROR "MATINEE_CUDA=ON, but no CUDA toolkit of version 12 or later was found. Install one, name it "
                        "with -DCUDAToolkit_ROOT=DIR, or configure with -DMATINEE_CUDA=OFF.")
  else()
    message(STATUS "CUDA toolkit 12 or later not found: no CUDA plugin")
  endif()
elseif(MATINEE_CUDA STREQUAL "OFF")
  message(STATUS "MATINEE_CUDA=OFF: no CUDA plugin")
else()
  message(FATAL_ERROR "MATINEE_CUDA=${MATINEE_CUDA}: it is one of AUTO, ON and OFF")
endif()
