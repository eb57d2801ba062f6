add_suites(runtime
  SUITES sensors
  LIBRARIES rrdflow_demo rrdflow_service rrdflow_messages)
