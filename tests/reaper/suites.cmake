add_suites(reaper rrdflow_reaper)
