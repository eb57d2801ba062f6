add_suites(ingest
  SUITES
    store_lock
  LIBRARIES rrdflow_ingest)
