# What `make install` and `make deb` put where: the program, the names by which the docker CLI calls it, completions, man pages.
# Component "links" are the names people already type; they are not part of the package, other packages own them there.
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  return()
endif()

set(generated ${CMAKE_BINARY_DIR}/share)
add_custom_command(
  OUTPUT ${generated}/made
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${generated}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${generated}/man
  COMMAND berth __man ${generated}/man
  COMMAND berth completion bash > ${generated}/berth.bash
  COMMAND berth completion zsh > ${generated}/berth.zsh
  COMMAND berth completion fish > ${generated}/berth.fish
  COMMAND berth completion bash docker-compose > ${generated}/docker-compose.bash
  COMMAND berth completion bash docker-machine > ${generated}/docker-machine.bash
  COMMAND ${CMAKE_COMMAND} -E touch ${generated}/made
  DEPENDS berth
  COMMENT "Writing man pages and completions"
  VERBATIM)
add_custom_target(package_files ALL DEPENDS ${generated}/made)

install(TARGETS berth RUNTIME DESTINATION bin COMPONENT berth)
install(DIRECTORY ${generated}/man/ DESTINATION share/man/man1 COMPONENT berth FILES_MATCHING PATTERN "*.1")
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION share/doc/berth RENAME copyright COMPONENT berth)
install(FILES ${generated}/berth.bash DESTINATION share/bash-completion/completions RENAME berth COMPONENT berth)
install(FILES ${generated}/berth.fish DESTINATION share/fish/vendor_completions.d COMPONENT berth)
# Where Debian's zsh looks: packages and the administrator have a folder each.
install(CODE "
  if(CMAKE_INSTALL_PREFIX MATCHES \"/usr$\")
    set(zsh_folder vendor-completions)
  else()
    set(zsh_folder site-functions)
  endif()
  file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/share/zsh/\${zsh_folder}\" TYPE FILE RENAME _berth
       FILES \"${generated}/berth.zsh\")" COMPONENT berth)

# berth_link(LINK TARGET COMPONENT...): a symbolic link below the prefix, that stays right under DESTDIR.
function(berth_link link target)
  install(CODE "
    set(link \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${link}\")
    get_filename_component(folder \"\${link}\" DIRECTORY)
    file(MAKE_DIRECTORY \"\${folder}\")
    file(CREATE_LINK \"${target}\" \"\${link}\" SYMBOLIC)
    message(STATUS \"Installing: \${link} -> ${target}\")" ${ARGN})
endfunction()

# The docker CLI looks in PREFIX/lib/docker/cli-plugins, for PREFIX /usr and /usr/local, before .../libexec, where the packages
# of docker compose have theirs: both can be installed, and ours is the one found.
foreach(plugin compose machine)
  berth_link(lib/docker/cli-plugins/docker-${plugin} ../../../bin/berth COMPONENT berth)
  berth_link(bin/docker-${plugin} berth COMPONENT links EXCLUDE_FROM_ALL)
  install(FILES ${generated}/docker-${plugin}.bash DESTINATION share/bash-completion/completions RENAME docker-${plugin}
          COMPONENT links EXCLUDE_FROM_ALL)
endforeach()
if(EXISTS ${CMAKE_SOURCE_DIR}/src/cli/swarm)
  berth_link(bin/swarm berth COMPONENT links EXCLUDE_FROM_ALL)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME berth)
set(CPACK_PACKAGE_CONTACT "Berth maintainers <maintainers@berth.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "takes containers from a laptop to a cluster of any size")
set(CPACK_PACKAGE_DESCRIPTION "One program that provisions hosts with a Docker Engine (berth machine) and runs applications of many
containers from a compose file (berth compose). Also the docker command's plugins 'compose' and 'machine'.")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_COMPONENTS_ALL berth)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_BERTH_PACKAGE_NAME berth)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "docker.io | docker-ce, iproute2, iptables, openssh-client")
include(CPack)
