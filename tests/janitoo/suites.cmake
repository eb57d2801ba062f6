add_suites(janitoo rrdflow_janitoo)
