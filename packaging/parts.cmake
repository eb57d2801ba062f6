# add_part(NAME PUBLIC libs... PRIVATE libs...): a library of all sources of the
# folder, except main.cpp, so that a new file needs no line here.
function(add_part name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(${name} ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} ${ARGN})
endfunction()
