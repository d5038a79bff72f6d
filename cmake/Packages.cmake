# Debian packages by cpack: matinee; the library in two, as Debian has libraries; and each plugin in one of its own,
# because of what the plugins need. The preset `package` makes them.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME matinee)
set(CPACK_PACKAGE_CONTACT "${MATINEE_MAINTAINER}")
if(MATINEE_MAINTAINER MATCHES "\\.invalid>$")
  message(STATUS "Packages of ${MATINEE_MAINTAINER}; name who ships them with -DMATINEE_MAINTAINER=\"NAME <ADDRESS>\"")
endif()
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each component's own begins with one
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                                                WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL matinee)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SECTION science)

# Nothing of this machine goes into what is shipped.
target_compile_options(matinee_flags INTERFACE $<$<COMPILE_LANGUAGE:C>:-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.>)
target_link_options(matinee_flags INTERFACE -Wl,-z,relro -Wl,-z,now)

# Debian wants the changelog compressed, without a name and a time.
set(generated ${CMAKE_BINARY_DIR}/packaging)
set(changelog ${generated}/changelog.gz)
configure_file(packaging/changelog ${generated}/changelog @ONLY)
execute_process(COMMAND ${GZIP_PROGRAM} -9nc ${generated}/changelog OUTPUT_FILE ${changelog} COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${changelog} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/matinee COMPONENT matinee)

set(CPACK_DEBIAN_MATINEE_PACKAGE_NAME matinee)
set(CPACK_DEBIAN_MATINEE_PACKAGE_SUGGESTS "matinee-cuda, matinee-mpi")
set(CPACK_DEBIAN_MATINEE_DESCRIPTION
    "trains the classic Keras text classifiers
Matinee trains the text classifiers of the Keras tutorials (Embedding,
Dropout, Conv1D, MaxPooling1D, LSTM, Bidirectional, Dense) on the IMDB film
reviews or on other labelled texts, with Keras' numbers, and reads and writes
Keras' model files.

It computes on the processor; with matinee-cuda also on NVIDIA GPUs.")

# matinee_package(COMPONENT NAME DEPENDS SUMMARY DETAILS): the package of a component; the summary and the details are
# its description.
function(matinee_package component name depends summary details)
  string(TOUPPER ${component} upper)
  install(FILES ${PROJECT_SOURCE_DIR}/packaging/copyright ${changelog}
          DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${name} COMPONENT ${component})
  set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} ${component} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${depends}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_DESCRIPTION "${summary}\n${details}" PARENT_SCOPE)
endfunction()

set(library libmatinee${PROJECT_VERSION_MAJOR})
matinee_package(
  library ${library} "" "library that trains and runs Keras text classifiers"
  "The shared library behind Matinee: a program that is linked with it trains
the text classifiers of the Keras tutorials, reads and writes Keras' model
files, and asks models about texts.")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SUGGESTS matinee-cuda)
foreach(file symbols shlibs triggers)
  configure_file(packaging/library.${file} ${generated}/${file} @ONLY)
  list(APPEND CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${generated}/${file})
endforeach()
matinee_package(
  development libmatinee-dev "${library} (= ${PROJECT_VERSION})" "headers of the library behind Matinee"
  "What compiling against libmatinee takes: the header matinee.h, the link
libmatinee.so, the file for pkg-config, and an example program.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)

if(TARGET matinee_cuda)
  set(series ${CUDAToolkit_VERSION_MAJOR}-${CUDAToolkit_VERSION_MINOR})
  string(REGEX MATCH "^[0-9]+" cudnn_major ${CUDNN_VERSION})
  matinee_package(
    cuda matinee-cuda "matinee (= ${PROJECT_VERSION})" "NVIDIA GPUs for Matinee"
    "The part of Matinee that computes on NVIDIA GPUs.

It needs NVIDIA's driver and libraries, cudart and cuBLAS of CUDA ${CUDAToolkit_VERSION_MAJOR} and
cuDNN ${cudnn_major}. They are not part of Debian, so that no dependency stands for them:
NVIDIA's repository has them as the packages that are recommended here, and
any directory that the dynamic linker knows will do. Without them Matinee
computes on the processor, and matinee doctor says what is missing.")
  set(CPACK_DEBIAN_CUDA_PACKAGE_SECTION contrib/science)
  set(CPACK_DEBIAN_CUDA_PACKAGE_RECOMMENDS
      "cuda-cudart-${series}, libcublas-${series}, libcudnn${cudnn_major}-cuda-${CUDAToolkit_VERSION_MAJOR}")
  set(CPACK_DEBIAN_CUDA_PACKAGE_SUGGESTS "cuda-drivers | nvidia-driver, libnccl2")
  # Where the linker finds them on the machine that runs it, and dpkg-shlibdeps on this one.
  set_target_properties(matinee_cuda PROPERTIES INSTALL_RPATH "")
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CUDAToolkit_LIBRARY_DIR})
  get_filename_component(cudnn_directory ${CUDNN_LIBRARY} DIRECTORY)
  list(APPEND CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${cudnn_directory})
endif()

if(TARGET matinee_mpi)
  matinee_package(
    mpi matinee-mpi "matinee (= ${PROJECT_VERSION})" "MPI for Matinee"
    "The part of Matinee by which mpirun or srun has several processes train one
model, on one machine or on many.")
  set(CPACK_DEBIAN_MPI_PACKAGE_RECOMMENDS openmpi-bin)
endif()

set(CPACK_POST_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/FinishPackages.cmake)
include(CPack)
