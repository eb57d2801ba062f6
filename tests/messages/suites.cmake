add_suites(messages
  SUITES definition_table error name_table node_line piece_pool printable request secret_file
  LIBRARIES rrdflow_messages)
