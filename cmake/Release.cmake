option(MATINEE_DEBIAN "Install as Debian's packages have it, for cpack" OFF)

# Who stands behind what is shipped: in the packages, and below the entries of their changelog.
set(MATINEE_MAINTAINER "Matinee maintainers <maintainers@matinee.invalid>"
    CACHE STRING "Maintainer of the packages, as NAME <ADDRESS>")
if(NOT MATINEE_MAINTAINER MATCHES "^[^<>@;]*[^<>@; ] <[^<>@; ]+@[^<>@; ]+>$")
  message(FATAL_ERROR "MATINEE_MAINTAINER=${MATINEE_MAINTAINER}: it is a name and an address, as in "
                      "\"Jane Roe <jane@example.org>\"")
endif()

# MATINEE_DATE, for the man pages: the date of the newest entry of the changelog, which must be of this version.
file(STRINGS ${PROJECT_SOURCE_DIR}/packaging/changelog lines)
list(GET lines 0 heading)
if(NOT heading MATCHES "^matinee \\(([^)]*)\\) " OR NOT CMAKE_MATCH_1 VERSION_EQUAL PROJECT_VERSION)
  message(FATAL_ERROR "packaging/changelog begins with \"${heading}\", but the project is version ${PROJECT_VERSION}; "
                      "add an entry")
endif()
list(FILTER lines INCLUDE REGEX "^ -- ")
list(GET lines 0 signature)
string(REGEX MATCH ", +([0-9]+) ([A-Z][a-z][a-z]) ([0-9][0-9][0-9][0-9]) " date "${signature}")
set(months Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec)
list(FIND months "${CMAKE_MATCH_2}" month)
math(EXPR month "${month} + 1")
if(NOT date OR month EQUAL 0)
  message(FATAL_ERROR "packaging/changelog: no date in \"${signature}\"")
endif()
set(MATINEE_DATE ${CMAKE_MATCH_3})
foreach(part ${month} ${CMAKE_MATCH_1})
  string(LENGTH ${part} digits)
  if(digits EQUAL 1)
    string(PREPEND part 0)
  endif()
  string(APPEND MATINEE_DATE -${part})
endforeach()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/packaging/changelog)
