add_suites(snapshot
  SUITES snapshot_file snapshot_round snapshotter
  LIBRARIES rrdflow_snapshot xxhash)
