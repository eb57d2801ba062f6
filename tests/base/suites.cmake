add_suites(base rrdflow_base)
