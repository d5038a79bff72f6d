# What `cmake --install` puts where; the components are the packages of Packages.cmake.
include(GNUInstallDirs)

# The program looks for its plugins in ../lib/matinee, seen from where it is, whatever the platform's directory for
# libraries is called.
cmake_path(SET plugins NORMALIZE "${CMAKE_INSTALL_BINDIR}/../lib/matinee")
install(TARGETS matinee RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT matinee)
if(TARGET matinee_cuda)
  install(TARGETS matinee_cuda LIBRARY DESTINATION ${plugins} COMPONENT cuda)
endif()
if(TARGET matinee_mpi)
  install(TARGETS matinee_mpi LIBRARY DESTINATION ${plugins} COMPONENT mpi)
endif()

# Libraries that were found where the dynamic linker does not look stay found; packages are for other machines.
if(NOT MATINEE_DEBIAN)
  foreach(target matinee matinee_shared matinee_mpi)
    if(TARGET ${target})
      set_target_properties(${target} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
    endif()
  endforeach()
endif()

# Debian's zsh does not look where others do.
set(zsh_functions ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
if(MATINEE_DEBIAN)
  set(zsh_functions ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
endif()
set(pages ${CMAKE_BINARY_DIR}/manual/pages)
install(DIRECTORY ${pages}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT matinee FILES_MATCHING PATTERN "*.1.gz")
install(FILES ${pages}/matinee DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT matinee)
install(FILES ${pages}/_matinee DESTINATION ${zsh_functions} COMPONENT matinee)

install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT matinee)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT matinee)
install(FILES packaging/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT matinee)
if(MATINEE_DEBIAN)
  include(Packages)
else()
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT matinee)
endif()
