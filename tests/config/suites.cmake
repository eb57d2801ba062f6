add_suites(config rrdflow_config rrdflow_messages rrd)
target_compile_definitions(config_tests PRIVATE
  RRDFLOW_TOML="${CMAKE_SOURCE_DIR}/config/rrdflow.toml")
