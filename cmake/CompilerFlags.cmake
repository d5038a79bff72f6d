# matinee_flags: what every C file of the project is compiled with.
if(NOT ((CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_C_COMPILER_VERSION VERSION_GREATER_EQUAL 12)
        OR (CMAKE_C_COMPILER_ID STREQUAL "Clang" AND CMAKE_C_COMPILER_VERSION VERSION_GREATER_EQUAL 14)))
  message(FATAL_ERROR "${CMAKE_C_COMPILER} is ${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}, but Matinee needs GCC 12 "
                      "or Clang 14, or later. Remove the build directory and name one: CC=gcc cmake --preset default")
endif()

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# A compiler newer than ours may warn of more: `cmake --compile-no-warning-as-error` builds nevertheless.
option(CMAKE_COMPILE_WARNING_AS_ERROR "Warnings are errors" ON)

set(MATINEE_SANITIZE "" CACHE STRING "Sanitizers to build with, for example address,undefined")

add_library(matinee_flags INTERFACE)
target_include_directories(matinee_flags INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_compile_definitions(matinee_flags INTERFACE _POSIX_C_SOURCE=200809L _FILE_OFFSET_BITS=64)
# -UNDEBUG follows what the build type and CFLAGS say: asserts stay in every build, for they catch our own bugs.
target_compile_options(
  matinee_flags INTERFACE -Wall -Wextra -Wshadow -Wvla -UNDEBUG -fno-math-errno
                          $<$<COMPILE_LANGUAGE:C>:-Wconversion -Wmissing-prototypes -Wstrict-prototypes>)
if(MATINEE_SANITIZE)
  target_compile_options(matinee_flags INTERFACE -fsanitize=${MATINEE_SANITIZE} -fno-omit-frame-pointer
                                                 -fno-sanitize-recover=all)
  target_link_options(matinee_flags INTERFACE -fsanitize=${MATINEE_SANITIZE})
endif()

# matinee_position_independent(NAME): for libmatinee.so, too, which is made of the program's objects. Hidden symbols are
# called and addressed as in a program, without a detour through the library's tables.
function(matinee_position_independent name)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
endfunction()

# matinee_library(NAME SOURCES ... LINKS ...): one static library per folder. Its own headers are private: what
# crosses folders lies in include/matinee.
function(matinee_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC matinee_flags PRIVATE ${arg_LINKS})
  # A product and a sum round twice on every processor; only the CPU backend's kernels are built otherwise.
  target_compile_options(${name} PRIVATE -ffp-contract=off)
  # A section for each function: libmatinee.so leaves out what prints, as nothing in it comes by.
  target_compile_options(${name} PRIVATE -ffunction-sections -fdata-sections)
  matinee_position_independent(${name})
endfunction()
