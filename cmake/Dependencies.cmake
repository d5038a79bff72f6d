find_package(PkgConfig REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS C)
find_package(Threads REQUIRED)
find_package(LibArchive REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(HDF5 REQUIRED IMPORTED_TARGET hdf5)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)

find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)
add_library(matinee_random123 INTERFACE)
target_include_directories(matinee_random123 SYSTEM INTERFACE ${RANDOM123_INCLUDE_DIR})

# libcsv has neither a pkg-config file nor a CMake one.
find_path(CSV_INCLUDE_DIR csv.h REQUIRED)
find_library(CSV_LIBRARY csv REQUIRED)
add_library(matinee_csv INTERFACE)
target_include_directories(matinee_csv SYSTEM INTERFACE ${CSV_INCLUDE_DIR})
target_link_libraries(matinee_csv INTERFACE ${CSV_LIBRARY})
