add_suites(cache rrdflow_cache rrd)
