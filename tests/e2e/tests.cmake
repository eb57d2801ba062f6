# The end-to-end tests in their short form. By hand, with --help and --rounds,
# they run for longer.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

function(add_scenario name)
  # A module that only others import would pass as a test.
  file(STRINGS ${CMAKE_CURRENT_SOURCE_DIR}/e2e/${name}.py main
    REGEX "^if __name__ == \"__main__\":")
  if(NOT main)
    message(FATAL_ERROR "e2e/${name}.py is no program")
  endif()
  add_test(NAME e2e_${name}
    COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/e2e/${name}.py
            ${ARGN})
  set_tests_properties(e2e_${name} PROPERTIES
    LABELS e2e TIMEOUT 900
    ENVIRONMENT "RRDFLOW=${CMAKE_BINARY_DIR}/rrdflow;PYTHONDONTWRITEBYTECODE=1")
endfunction()

add_scenario(selfcheck)
foreach(name backlog brokers cures every_sensor exact filters forget household
        hung_writer
        janitoo janitoo_controller
        janitoo_files janitoo_imported janitoo_web log
        older_store operate original_http recovery reshape
        rights security seeing signals stall waiting why)
  add_scenario(${name})
endforeach()
# These take times.
set_tests_properties(e2e_brokers e2e_filters e2e_janitoo_controller e2e_log
  e2e_recovery
  e2e_signals PROPERTIES RUN_SERIAL ON)
