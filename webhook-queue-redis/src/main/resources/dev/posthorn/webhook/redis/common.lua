-- What every script begins with. A shard is these keys, which share a hash tag, so that they are on one node of a cluster:
--   <shard>                  hash: delivery -> kind, subscription, token (nothing while nobody has leased it)
--   <shard>:first:<sub>      sorted set of a subscription's first attempts, by the moment from which they can be claimed
--   <shard>:retry:<sub>      the same of its retries
--   <shard>:lines            sorted set of subscriptions by the earliest of these moments, or an earlier one by mistake
--   <shard>:retrying         set of subscriptions that have retries, or had some
--   <shard>:token            the last token given
--   <shard>:mark             lost if tickets are
--   <shard>:bell             a list that nodes wait at, of the first shard only
-- Ids are 16 bytes, moments microseconds since 1970: whole numbers that a double holds until the year 2255.
-- KEYS[1] is the shard; ARGV[1] the present moment, or empty for the server's own clock.
local shard = KEYS[1]
local lines = shard .. ':lines'
local FIRST, RETRY = 'f', 'r'
local LATEST = 2 ^ 53 - 1

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

-- Lua itself would write a moment with 14 digits.
local function digits(number)
  return string.format('%.0f', number)
end

local function after(delay)
  return math.min(now + tonumber(delay), LATEST)
end

local function line(kind, subscription)
  return shard .. (kind == FIRST and ':first:' or ':retry:') .. subscription
end

-- Calls a command with any number of arguments, of which a Lua call takes some thousands.
local function call(command, key, arguments)
  for from = 1, #arguments, 2000 do
    redis.call(command, key, unpack(arguments, from, math.min(from + 1999, #arguments)))
  end
end

-- The fields of a ticket, or nil.
local function parse(value)
  if value then
    return {kind = value:sub(1, 1), subscription = value:sub(2, 17), token = value:sub(18)}
  end
end

local function value(ticket)
  return ticket.kind .. ticket.subscription .. ticket.token
end

-- Tickets by delivery.
local function read(deliveries)
  local found = {}
  for from = 1, #deliveries, 2000 do
    local to = math.min(from + 1999, #deliveries)
    local values = redis.call('HMGET', shard, unpack(deliveries, from, to))
    for i = from, to do
      found[deliveries[i]] = parse(values[i - from + 1])
    end
  end
  return found
end

-- Lists that are made by appending to the one with this name.
local function append(lists, name, ...)
  local list = lists[name]
  if not list then
    list = {}
    lists[name] = list
  end
  for i = 1, select('#', ...) do
    list[#list + 1] = (select(i, ...))
  end
end

-- Whether each of these subscriptions may have retries, in their order: most have none, which saves to look.
local function retrying(subscriptions)
  local may = {}
  for from = 1, #subscriptions, 2000 do
    local to = math.min(from + 1999, #subscriptions)
    local found = redis.call('SMISMEMBER', shard .. ':retrying', unpack(subscriptions, from, to))
    for i = from, to do
      may[i] = found[i - from + 1] == 1
    end
  end
  return may
end

-- Files these subscriptions by their earliest tickets.
local function file(changed)
  local subscriptions = {}
  for subscription in pairs(changed) do
    subscriptions[#subscriptions + 1] = subscription
  end
  local mayRetry = retrying(subscriptions)
  local filed, empty, through = {}, {}, {}
  for i, subscription in ipairs(subscriptions) do
    local first = redis.call('ZRANGE', line(FIRST, subscription), 0, 0, 'WITHSCORES')[2]
    local retry = nil
    if mayRetry[i] then
      retry = redis.call('ZRANGE', line(RETRY, subscription), 0, 0, 'WITHSCORES')[2]
      if not retry then
        through[#through + 1] = subscription
      end
    end
    if first or retry then
      filed[#filed + 1] = math.min(tonumber(first or LATEST), tonumber(retry or LATEST))
      filed[#filed + 1] = subscription
    else
      empty[#empty + 1] = subscription
    end
  end
  call('ZADD', lines, filed)
  call('ZREM', lines, empty)
  call('SREM', shard .. ':retrying', through)
end

-- Wakes one of those who wait, or the next who will.
local function ring()
  if redis.call('LLEN', shard .. ':bell') == 0 then
    redis.call('LPUSH', shard .. ':bell', '1')
  end
end

-- Tokens follow each other and are never behind the clock, so that none comes again when the last one was lost.
local lastToken = nil
local function nextToken()
  if not lastToken then
    lastToken = math.max(tonumber(redis.call('GET', shard .. ':token') or 0), now)
  end
  lastToken = lastToken + 1
  return digits(lastToken)
end

local function keepTokens()
  if lastToken then
    redis.call('SET', shard .. ':token', digits(lastToken))
  end
end
