# The end-to-end tests in their short form. By hand, with --help and --rounds,
# they run for longer.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

function(add_scenario name)
  add_test(NAME e2e_${name}
    COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/e2e/${name}.py
            ${ARGN})
  set_tests_properties(e2e_${name} PROPERTIES
    LABELS e2e TIMEOUT 900
    ENVIRONMENT "RRDFLOW=${CMAKE_BINARY_DIR}/rrdflow;PYTHONDONTWRITEBYTECODE=1")
endfunction()

add_scenario(selfcheck)
if(TARGET rrdflow)
  add_scenario(brokers)
  add_scenario(cures)
  add_scenario(exact)
  add_scenario(forget)
  add_scenario(janitoo)
  add_scenario(operate)
  add_scenario(signals)
endif()
if(TARGET rrdflow-testing)
  add_scenario(kills)
  add_scenario(backlog)
  add_scenario(recovery)
  add_scenario(stall)
  # It takes a time.
  set_tests_properties(e2e_recovery PROPERTIES RUN_SERIAL ON)
endif()
