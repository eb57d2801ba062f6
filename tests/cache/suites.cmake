add_suites(cache
  SUITES slots row_buffer cache_parts fill shard_engine shard_samples shard_time
    shard_relief shard_snapshot shard_unpack shard_requests rotator cache_shard
    shard_parts fill_in_file
  LIBRARIES rrdflow_cache rrd)
