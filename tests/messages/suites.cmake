add_suites(messages rrdflow_messages)
