add_suites(writer
  SUITES killed_writer put_back quarantine rrd_copy rrd_header rrd_reader rrd_values rrd_writer
         undo_fault write_engine
  LIBRARIES rrdflow_writer)
