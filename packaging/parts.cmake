# add_part(NAME PUBLIC libs... PRIVATE libs...): a library of all sources of the
# folder, so that a new file needs no line here.
function(add_part name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  add_library(${name} ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} ${ARGN})
endfunction()
