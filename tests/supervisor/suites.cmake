add_suites(supervisor
  SUITES backoff culprit_search supervisor
  LIBRARIES rrdflow_supervisor)
