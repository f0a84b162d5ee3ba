# Compile flags of all our own code, and the two helpers that make a folder a library and its tests a program.
add_library(berth_warnings INTERFACE)
target_compile_options(berth_warnings INTERFACE -Wall -Wextra -Wconversion $<$<NOT:$<OR:$<CONFIG:Release>,$<BOOL:${BERTH_FUZZ}>>>:-Werror> -Wno-missing-field-initializers)
target_include_directories(berth_warnings INTERFACE ${CMAKE_SOURCE_DIR}/src)
if(BERTH_SANITIZE)
  target_compile_options(berth_warnings INTERFACE -fsanitize=${BERTH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
                         $<IF:$<CXX_COMPILER_ID:GNU>,-Wno-maybe-uninitialized,-Wno-deprecated-declarations>)
  # Not position-independent: of 70,000 page faults at each start, two thirds went to relocating what the sanitizers note
  # down of every check.
  target_link_options(berth_warnings INTERFACE -fsanitize=${BERTH_SANITIZE} -no-pie)
else()
  target_link_options(berth_warnings INTERFACE -static-libstdc++ -static-libgcc)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  # g++ 12 is wrong about std::optional when it optimises; the sanitizers see the real cases.
  target_compile_options(berth_warnings INTERFACE -ffunction-sections -fdata-sections -Wno-maybe-uninitialized)
  target_link_options(berth_warnings INTERFACE -Wl,--gc-sections -Wl,--icf=safe -s)
endif()

# gold: mold 1.10 pulls members of static archives that nothing refers to, and with them libraries we do not have.
if(NOT BERTH_FUZZ)  # where it warns of what the sanitizers export
  target_link_options(berth_warnings INTERFACE -fuse-ld=gold)
endif()

enable_testing()

# berth_test(PROGRAM NAME [LIBS TARGET...] SOURCES FILE...): a GoogleTest program and its entry in ctest. It leaves what it ran
# in test-results/NAME.xml (each '/' a '-'), which tools/test counts.
function(berth_test program name)
  cmake_parse_arguments(arg "" "" "LIBS;SOURCES" ${ARGN})
  add_executable(${program} ${arg_SOURCES})
  target_link_libraries(${program} PRIVATE ${arg_LIBS} berth_warnings GTest::gtest GTest::gmock)
  target_compile_definitions(${program} PRIVATE BERTH_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${program} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  string(REPLACE "/" "-" result ${name})
  set_tests_properties(${name} PROPERTIES ENVIRONMENT GTEST_OUTPUT=xml:${CMAKE_BINARY_DIR}/test-results/${result}.xml)
endfunction()

# berth_layer(NAME [SMALL] [DEPENDS LAYER...] [LIBS TARGET...]): library berth_NAME of src/NAME/**.cc and, where there are
# *_test.cc, the program NAME_test. SMALL: a release is built for size there, as nobody waits for that code.
function(berth_layer name)
  cmake_parse_arguments(arg "SMALL" "" "DEPENDS;LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")  # a folder's main is its program's, not its library's
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(TRANSFORM arg_DEPENDS PREPEND berth_ OUTPUT_VARIABLE layers)
  if(sources)
    add_library(berth_${name} STATIC ${sources})
    target_link_libraries(berth_${name} PUBLIC ${layers} ${arg_LIBS} PRIVATE berth_warnings)
    target_include_directories(berth_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    if(arg_SMALL)
      target_compile_options(berth_${name} PRIVATE $<$<CONFIG:Release>:-Os>)
    endif()
  else()
    add_library(berth_${name} INTERFACE)
    target_link_libraries(berth_${name} INTERFACE ${layers} ${arg_LIBS})
  endif()
  if(tests)
    berth_test(${name}_test ${name} SOURCES ${tests} LIBS berth_${name} GTest::gtest_main)
  endif()
endfunction()
