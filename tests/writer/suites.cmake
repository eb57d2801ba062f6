add_suites(writer
  SUITES put_back write_engine
  LIBRARIES rrdflow_writer)
