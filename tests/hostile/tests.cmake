# Hostile input; README.md lists the cases.
function(add_hostile name)
  add_test(NAME hostile_${name}
    COMMAND Python3::Interpreter
            ${CMAKE_CURRENT_SOURCE_DIR}/hostile/${name}.py)
  set_tests_properties(hostile_${name} PROPERTIES
    LABELS hostile TIMEOUT 600
    ENVIRONMENT "RRDFLOW=${CMAKE_BINARY_DIR}/rrdflow;PYTHONDONTWRITEBYTECODE=1")
endfunction()

foreach(name brokers configuration files payloads times tls topics web)
  add_hostile(${name})
endforeach()
