add_suites(config
  SUITES load_service load_rules load_rrds traps units archive_syntax
    topic_syntax spelling file_size rrdflow_toml run_time_values
  LIBRARIES rrdflow_config rrdflow_messages rrd)
target_compile_definitions(config_tests PRIVATE
  RRDFLOW_TOML="${CMAKE_SOURCE_DIR}/config/rrdflow.toml")
