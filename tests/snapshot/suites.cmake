add_suites(snapshot rrdflow_snapshot xxhash)
