add_suites(messages
  SUITES name_table node_line printable request secret_file
  LIBRARIES rrdflow_messages)
