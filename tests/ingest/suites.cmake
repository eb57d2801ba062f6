add_suites(ingest
  SUITES
    arrival_clock
    embedded_broker
    journal
    store_lock
    subscription_table
  LIBRARIES rrdflow_ingest)
