add_suites(janitoo
  SUITES
    janitoo_clock
    janitoo_engine
    janitoo_network
    janitoo_node
    janitoo_refusals
    janitoo_request
  LIBRARIES rrdflow_janitoo)
