add_suites(messages
  SUITES name_table request
  LIBRARIES rrdflow_messages)
