add_suites(messages
  SUITES name_table printable request
  LIBRARIES rrdflow_messages)
