add_suites(config
  SUITES load_service load_rules load_rrds traps units archive_syntax
    topic_syntax spelling file_size
  LIBRARIES rrdflow_config rrdflow_messages rrd)
