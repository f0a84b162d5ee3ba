# The Debian 12 packages Berth is built from (docs/architecture.md has the table), each behind a target of ours.
# Static archives are taken, so that the binary needs nothing but libc at run time.
set(CMAKE_FIND_LIBRARY_SUFFIXES .a .so)
set(OPENSSL_USE_STATIC_LIBS ON)

find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(GTest REQUIRED)

function(berth_static_library target)
  cmake_parse_arguments(arg "" "" "NAMES;LIBS" ${ARGN})
  add_library(${target} INTERFACE)
  foreach(name ${arg_NAMES})
    find_library(${target}_${name} ${name} REQUIRED)
    target_link_libraries(${target} INTERFACE ${${target}_${name}})
  endforeach()
  target_link_libraries(${target} INTERFACE ${arg_LIBS})
endfunction()

add_library(berth_openssl INTERFACE)
target_link_libraries(berth_openssl INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads ${CMAKE_DL_LIBS})

add_library(berth_boost INTERFACE)
target_link_libraries(berth_boost INTERFACE Threads::Threads)

berth_static_library(berth_json NAMES boost_json boost_container)
berth_static_library(berth_libyaml NAMES yaml)
berth_static_library(berth_re2 NAMES re2 LIBS Threads::Threads)
berth_static_library(berth_sqlite NAMES sqlite3 LIBS Threads::Threads ${CMAKE_DL_LIBS} m)
berth_static_library(berth_expat NAMES expat)
berth_static_library(berth_nghttp2 NAMES nghttp2)
