add_suites(runtime
  SUITES cli_arguments cli_explain cli_import cli_text cli_verbs reload sensors local_clock
    settings settings_engine sync_files
  LIBRARIES rrdflow_cli rrdflow_convert rrdflow_sensors rrdflow_service microhttpd)
