add_suites(cache
  SUITES slots row_buffer fill shard_engine shard_samples shard_time
    shard_snapshot shard_requests rotator
  LIBRARIES rrdflow_cache)
