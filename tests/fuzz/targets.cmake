# Each has a source and a folder of seeds by its name.
set(fuzz_targets
  catalog
  http
  janitoo_request
  journal
  payload_auto
  payload_janitoo
  payload_json
  payload_number
  rrd_header
  snapshot
  toml
  topic
  undo_log)
