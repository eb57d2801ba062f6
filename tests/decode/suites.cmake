add_suites(decode
  SUITES topic_filter series_template payload_time payload_formats
    payload_janitoo golden_payloads message_decoder decoder_engine
    decoder_credit decoder_requests decoder_memory decoder_books
    decoder_suspects decoder_allocations decoder_journal topic_table slot_list
    bound_files plain_json decoder
  LIBRARIES rrdflow_decode rrdflow_ingest)
