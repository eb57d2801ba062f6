# Each target for a short while, on a machine that has clang; tests/fuzz/run has
# the long runs. `packaging/build.sh tests` builds the targets.
find_program(FUZZ_COMPILER NAMES clang++-14 clang++)
if(NOT FUZZ_COMPILER)
  message(STATUS "no clang: the fuzz targets are left out")
  return()
endif()
include(${CMAKE_CURRENT_LIST_DIR}/targets.cmake)
foreach(name ${fuzz_targets})
  add_test(NAME fuzz_${name}
    COMMAND nice -n 10 ${CMAKE_CURRENT_LIST_DIR}/run ${name} --seconds 20
            --built)
  set_tests_properties(fuzz_${name} PROPERTIES LABELS fuzz TIMEOUT 120)
endforeach()
