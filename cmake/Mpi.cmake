# MATINEE_MPI chooses whether the plugin lib/matinee/matinee_mpi.so is built; MATINEE_HAVE_MPI says that it is. The
# program itself never links MPI.
set(MATINEE_MPI AUTO CACHE STRING "Build the MPI plugin: AUTO (if an MPI for C is found), ON or OFF")
set_property(CACHE MATINEE_MPI PROPERTY STRINGS AUTO ON OFF)

set(MATINEE_HAVE_MPI OFF)
if(MATINEE_MPI STREQUAL "AUTO" OR MATINEE_MPI STREQUAL "ON")
  find_package(MPI 3 QUIET COMPONENTS C)
  if(MPI_C_FOUND)
    set(MATINEE_HAVE_MPI ON)
    message(STATUS "MPI ${MPI_C_VERSION} in ${MPI_mpi_LIBRARY}: building the MPI plugin")
  elseif(MATINEE_MPI STREQUAL "ON")
    message(FATAL_ERROR "MATINEE_MPI=ON, but no MPI for C was found. Install one (Debian: libopenmpi-dev) or name its "
                        "compiler with -DMPI_C_COMPILER=PATH, or configure with -DMATINEE_MPI=OFF.")
  else()
    message(STATUS "No MPI plugin: no MPI for C was found. Install one or name its compiler with -DMPI_C_COMPILER=PATH.")
  endif()
elseif(MATINEE_MPI STREQUAL "OFF")
  message(STATUS "MATINEE_MPI=OFF: no MPI plugin")
else()
  message(FATAL_ERROR "MATINEE_MPI=${MATINEE_MPI}: it is one of AUTO, ON and OFF")
endif()
