# berth-agent, the program that Berth puts on engines in an image of its own: static, as there is no libc beside it, and built for
# size whatever the preset. Its bytes are in the library of src/converge.
file(GLOB agent_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/agent/*.cc)
list(FILTER agent_sources EXCLUDE REGEX "_test\\.cc$")
add_executable(berth-agent ${agent_sources} ${CMAKE_SOURCE_DIR}/src/base/cron.cc)
target_include_directories(berth-agent PRIVATE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(berth-agent PRIVATE -Wall -Wextra -Wconversion -Werror -Os -g0 -fno-exceptions -fno-rtti
                                           -ffunction-sections -fdata-sections)
target_link_options(berth-agent PRIVATE -static -s -fuse-ld=gold -Wl,--gc-sections)
set_source_files_properties(
  ${CMAKE_SOURCE_DIR}/src/converge/agent_image.cc
  PROPERTIES COMPILE_DEFINITIONS BERTH_AGENT_PROGRAM="${CMAKE_BINARY_DIR}/berth-agent" OBJECT_DEPENDS
             ${CMAKE_BINARY_DIR}/berth-agent)
