add_suites(runtime
  SUITES sensors cli_arguments cli_explain cli_text cli_verbs
  LIBRARIES rrdflow_demo rrdflow_service rrdflow_messages rrdflow_cli
    microhttpd)
