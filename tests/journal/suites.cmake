add_suites(journal rrdflow_journal)
