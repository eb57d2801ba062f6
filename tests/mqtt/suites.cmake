add_suites(mqtt rrdflow_mqtt)
