# What cpack cannot say in a package, put in afterwards: each is unpacked, completed and packed again.
#
# - They are of one source, and the library may be installed for several architectures at once.
# - cpack calls ldconfig from scripts wherever a file in lib/ or one folder below looks like a shared library, and a
#   plugin does. The library has a trigger for it instead (packaging/library.triggers), and plugins need none.
find_program(DPKG_DEB_PROGRAM dpkg-deb REQUIRED)
foreach(package IN LISTS CPACK_PACKAGE_FILES)
  set(tree ${package}.tree)
  file(REMOVE_RECURSE ${tree}) # of a run that was interrupted
  execute_process(COMMAND ${DPKG_DEB_PROGRAM} -R ${package} ${tree} COMMAND_ERROR_IS_FATAL ANY)
  file(REMOVE ${tree}/DEBIAN/postinst ${tree}/DEBIAN/postrm)
  set(fields "")
  file(READ ${tree}/DEBIAN/control control)
  if(NOT control MATCHES "\nPackage: matinee\n")
    string(APPEND fields "Source: matinee\n")
  endif()
  if(control MATCHES "\nPackage: libmatinee[0-9]+\n")
    string(APPEND fields "Multi-Arch: same\n")
  endif()
  string(REGEX REPLACE "\n+$" "\n${fields}" control "${control}")
  file(WRITE ${tree}/DEBIAN/control "${control}")
  execute_process(COMMAND ${DPKG_DEB_PROGRAM} --root-owner-group -b ${tree} ${package} OUTPUT_QUIET
                          COMMAND_ERROR_IS_FATAL ANY)
  file(REMOVE_RECURSE ${tree})
endforeach()
