#!lua flags=no-writes
-- ARGV from 2: subscriptions. Returns how many tickets each has.
local counts = {}
for i = 2, #ARGV do
  counts[i - 1] = redis.call('ZCARD', line(FIRST, ARGV[i])) + redis.call('ZCARD', line(RETRY, ARGV[i]))
end
return counts
