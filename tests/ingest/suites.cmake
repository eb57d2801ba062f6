add_suites(ingest
  SUITES
    arrival_clock
    journal
    store_lock
    subscription_table
  LIBRARIES rrdflow_ingest)
