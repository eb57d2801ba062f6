# Libraries that campaigns preload into the program: they stand in front of
# functions of libc. One is NAME.cpp beside this file, with other sources if it
# has any, and build/NAME.so.
function(add_shim name)
  add_library(${name} MODULE)
  foreach(source ${name} ${ARGN})
    target_sources(${name} PRIVATE
      ${CMAKE_CURRENT_SOURCE_DIR}/faults/shim/${source}.cpp)
  endforeach()
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(${name} PRIVATE -O1 -fno-builtin)
  target_link_libraries(${name} PRIVATE ${CMAKE_DL_LIBS})
  set_target_properties(${name} PROPERTIES PREFIX ""
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()

# One a line, in the alphabet's order.
add_shim(fail_calls fault_plan)
add_shim(no_checksums)
add_shim(power_loss power_disk)
