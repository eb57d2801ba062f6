add_suites(ingest
  SUITES
    arrival_clock
    journal
    store_lock
  LIBRARIES rrdflow_ingest)
