add_suites(messages
  SUITES name_table printable request secret_file
  LIBRARIES rrdflow_messages)
