# berth_embed(TARGET OUTPUT NAMESPACE FUNCTION ROOT FILES...): compiles the files into TARGET as
# `std::string_view NAMESPACE::FUNCTION(std::string_view name)`, the name being the path below ROOT without extension.
# An unknown name gives an empty text.
function(berth_embed target output namespace function root)
  set(generated ${CMAKE_BINARY_DIR}/generated/${output})
  add_custom_command(
    OUTPUT ${generated}
    COMMAND python3 ${CMAKE_SOURCE_DIR}/cmake/embed.py ${generated} ${namespace} ${function} ${root} ${ARGN}
    DEPENDS ${CMAKE_SOURCE_DIR}/cmake/embed.py ${ARGN}
    COMMENT "Embedding ${output}")
  target_sources(${target} PRIVATE ${generated})
endfunction()
