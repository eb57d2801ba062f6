# The campaigns in their short form. By hand, tests/faults/campaign NAME runs
# the long one.
function(add_campaign name)
  add_test(NAME faults_${name}
    COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/faults/campaign
            ${name} --form short ${ARGN})
  set_tests_properties(faults_${name} PROPERTIES
    LABELS faults TIMEOUT 900 SKIP_RETURN_CODE 77
    ENVIRONMENT "RRDFLOW=${CMAKE_BINARY_DIR}/rrdflow;PYTHONDONTWRITEBYTECODE=1")
endfunction()

# Programs that campaigns run: build/faults/NAME.
function(add_fault_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  list(TRANSFORM arg_SOURCES PREPEND faults/)
  add_executable(fault_${name} ${arg_SOURCES})
  target_compile_options(fault_${name} PRIVATE -O2)
  target_link_libraries(fault_${name} PRIVATE ${arg_LIBRARIES})
  set_target_properties(fault_${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/faults OUTPUT_NAME ${name})
endfunction()

add_fault_program(journal_damage
  SOURCES journal_damage.cpp damaged_journal.cpp LIBRARIES rrdflow_journal)
add_fault_program(rrd_damage
  SOURCES rrd_damage.cpp rrd_mutant.cpp watched_child.cpp
  LIBRARIES rrdflow_writer rrd)
add_fault_program(snapshot_damage
  SOURCES snapshot_damage.cpp snapshot_mutant.cpp watched_child.cpp
  LIBRARIES rrdflow_runtime spdlog::spdlog)
# Constants of the cache and enumerators of the configuration have one name.
target_compile_options(fault_snapshot_damage PRIVATE -Wno-shadow)

# One a line, in the alphabet's order.
add_campaign(back_pressure)
add_campaign(broker_restart)
add_campaign(clock)
add_campaign(exceptions)
add_campaign(full_disk)
add_campaign(journal_damage)
add_campaign(kill_service)
add_campaign(kill_writer)
add_campaign(memory)
add_campaign(power_loss)
add_campaign(power_points)
add_campaign(power_replay)
add_campaign(rrd_damage)
add_campaign(series_flood)
add_campaign(snapshot_damage)
add_campaign(system_calls)
# This takes times.
set_tests_properties(faults_broker_restart PROPERTIES RUN_SERIAL ON)
