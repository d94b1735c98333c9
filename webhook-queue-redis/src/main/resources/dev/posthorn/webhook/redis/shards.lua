#!lua flags=allow-oom
-- KEYS[1] is not a shard here, but what is kept once for the queue: of how many shards it is made. ARGV[2]: of how many,
-- unless that is settled. Returns what is settled.
redis.call('SET', KEYS[1], ARGV[2], 'NX')
return redis.call('GET', KEYS[1])
