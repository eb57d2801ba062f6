add_suites(runtime rrdflow_runtime microhttpd)
