add_suites(reaper
  SUITES reap_plan reaper
  LIBRARIES rrdflow_reaper)
