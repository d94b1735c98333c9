#!lua flags=no-writes
-- ARGV[2]: over how many subscriptions at most due tickets are counted. Returns how many tickets there are, how many of them
-- are due, and for how long the longest due is so, -1 if none is.
local oldest = redis.call('ZRANGE', lines, 0, 0, 'WITHSCORES')[2]
local due = 0
for _, subscription in ipairs(redis.call('ZRANGEBYSCORE', lines, '-inf', now, 'LIMIT', 0, tonumber(ARGV[2]))) do
  due = due + redis.call('ZCOUNT', line(FIRST, subscription), '-inf', now)
    + redis.call('ZCOUNT', line(RETRY, subscription), '-inf', now)
end
local overdueBy = -1
if oldest and tonumber(oldest) <= now then
  overdueBy = now - tonumber(oldest)
end
return {redis.call('HLEN', shard), due, overdueBy}
