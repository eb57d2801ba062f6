add_suites(ingest
  SUITES
    arrival_clock
    embedded_broker
    journal
    journal_damage
    journal_keeper
    journal_race
    journal_stall
    mqtt_backoff
    mqtt_refusals
    mqtt_settings
    mqtt_source
    mqtt_stall
    request_book
    store_lock
    subscription_table
  LIBRARIES rrdflow_ingest)
