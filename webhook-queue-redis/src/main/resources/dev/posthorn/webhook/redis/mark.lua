#!lua flags=allow-oom
-- Without more, returns the shard's mark. ARGV[2]: what it is to be. ARGV[3], if given: what it must be now. Returns then
-- whether it was left.
local key = shard .. ':mark'
local mark = redis.call('GET', key)
if not ARGV[2] then
  return mark
end
if ARGV[3] and ARGV[3] ~= mark then
  return 0
end
redis.call('SET', key, ARGV[2])
return 1
