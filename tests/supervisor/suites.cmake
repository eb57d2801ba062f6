add_suites(supervisor
  SUITES backoff supervisor
  LIBRARIES rrdflow_supervisor)
