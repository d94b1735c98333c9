-- No flags in this line: an older server would fail on them, and could not tell that it is older.
-- Returns what the server tells of itself, and which commands it refuses to whoever asks.
local needed = {
  'EVAL', 'EVALSHA', 'TIME', 'GET', 'SET', 'HGET', 'HMGET', 'HSET', 'HDEL', 'HLEN', 'ZADD', 'ZREM', 'ZRANGE',
  'ZRANGEBYSCORE', 'ZCOUNT', 'ZCARD', 'ZSCORE', 'LLEN', 'LPUSH', 'BLPOP', 'SADD', 'SREM',
  'SMISMEMBER'
}
local refused = {}
if redis.acl_check_cmd then
  for _, command in ipairs(needed) do
    local isAllowed = command == 'EVAL' and redis.acl_check_cmd(command, 'return 1', 1, shard)
      or command == 'EVALSHA' and redis.acl_check_cmd(command, string.rep('0', 40), 1, shard)
      or command == 'BLPOP' and redis.acl_check_cmd(command, shard, '0')
      or command == 'TIME' and redis.acl_check_cmd(command)
      or command ~= 'BLPOP' and redis.acl_check_cmd(command, shard, '0', '0', '0')
    if not isAllowed then
      refused[#refused + 1] = command
    end
  end
end
local told = {}
if not redis.acl_check_cmd or redis.acl_check_cmd('INFO') then
  for _, section in ipairs({'server', 'memory', 'replication'}) do
    told[#told + 1] = redis.call('INFO', section)
  end
else
  refused[#refused + 1] = 'INFO'
end
return {table.concat(told, '\r\n'), table.concat(refused, ' ')}
