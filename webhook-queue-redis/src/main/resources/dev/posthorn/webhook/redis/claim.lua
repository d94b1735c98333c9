#!lua flags=allow-oom
-- ARGV from 2: the limit, the length of the leases, the default per subscription, which turn this is, and then
-- subscriptions with their allowances. Returns how long until more is due (0 for now, -1 for nothing), the first token,
-- and delivery and subscription of each lease in one string; their tokens follow each other.
local limit, share, turn = tonumber(ARGV[2]), tonumber(ARGV[4]), tonumber(ARGV[5])
local ends = after(ARGV[3])
local TURNS = 4
local PAGE = 500

local allowances = {}
for i = 6, #ARGV, 2 do
  allowances[ARGV[i]] = tonumber(ARGV[i + 1])
end

-- Subscriptions with something due that may be taken, the longest due first. Each costs more than another ticket of one, so a
-- large claim serves not quite as many as it could; the next one serves others.
local width = math.min(limit, math.max(64, math.ceil(limit / 4)))
local open, leavesSome = {}, false
if share == 0 then
  local due = {}
  for subscription, allowance in pairs(allowances) do
    local head = allowance > 0 and redis.call('ZSCORE', lines, subscription)
    if head and tonumber(head) <= now then
      due[#due + 1] = {head = tonumber(head), subscription = subscription}
    end
  end
  table.sort(due, function(one, other) return one.head < other.head end)
  for i = 1, math.min(width, #due) do
    open[i] = due[i].subscription
  end
  leavesSome = #due > width
else
  local rank, isSearched = 0, false
  while not isSearched do
    local page = redis.call('ZRANGE', lines, rank, rank + PAGE - 1, 'WITHSCORES')
    for i = 1, #page, 2 do
      if tonumber(page[i + 1]) > now then
        isSearched = true
        break
      end
      if (allowances[page[i]] or share) > 0 then
        if #open == width then
          leavesSome, isSearched = true, true
          break
        end
        open[#open + 1] = page[i]
      end
    end
    isSearched = isSearched or #page < 2 * PAGE
    rank = rank + PAGE
  end
end

local mayRetry = retrying(open)

-- How many each may give: one more each in turn, until the limit is reached or nothing more may be taken.
local quotas = {}
if #open == width then
  for i, subscription in ipairs(open) do
    local even = math.floor(limit / width) + (i <= limit % width and 1 or 0)
    quotas[i] = math.min(even, allowances[subscription] or share)
  end
else
  local sharing, most = {}, {}
  for i, subscription in ipairs(open) do
    local due = redis.call('ZCOUNT', line(FIRST, subscription), '-inf', now)
    if mayRetry[i] then
      due = due + redis.call('ZCOUNT', line(RETRY, subscription), '-inf', now)
    end
    most[i] = math.min(due, allowances[subscription] or share)
    quotas[i] = 0
    if most[i] > 0 then
      sharing[#sharing + 1] = i
    end
  end
  local left = limit
  while left > 0 and #sharing > 0 do
    local each = math.max(1, math.floor(left / #sharing))
    local still = {}
    for _, i in ipairs(sharing) do
      local more = math.min(each, most[i] - quotas[i], left)
      quotas[i] = quotas[i] + more
      left = left - more
      if quotas[i] < most[i] then
        still[#still + 1] = i
      end
    end
    sharing = still
  end
end

local firstToken = 0
local fields, filed, emptied, leased = {}, {}, {}, {}
for i, subscription in ipairs(open) do
  local quota = quotas[i]
  local keys = {line(FIRST, subscription), line(RETRY, subscription)}
  local waiting = {
    redis.call('ZRANGE', keys[1], 0, quota, 'WITHSCORES'),
    mayRetry[i] and redis.call('ZRANGE', keys[2], 0, quota, 'WITHSCORES') or {}
  }
  local at = {1, 1}
  local moved = {{}, {}}
  local function head(which)
    return tonumber(waiting[which][at[which] + 1] or LATEST)
  end
  local taken = 0
  while taken < quota do
    local isFirstDue, isRetryDue = head(1) <= now, head(2) <= now
    if not isFirstDue and not isRetryDue then
      break
    end
    local isRetrysTurn = (taken + 1 + turn) % TURNS == 0
    local which = (not isFirstDue or (isRetrysTurn and isRetryDue)) and 2 or 1
    local delivery = waiting[which][at[which]]
    local token = nextToken()
    if firstToken == 0 then
      firstToken = tonumber(token)
    end
    at[which] = at[which] + 2
    taken = taken + 1
    local list = moved[which]
    list[#list + 1] = ends
    list[#list + 1] = delivery
    fields[#fields + 1] = delivery
    fields[#fields + 1] = (which == 1 and FIRST or RETRY) .. subscription .. token
    leased[#leased + 1] = delivery .. subscription
  end
  call('ZADD', keys[1], moved[1])
  call('ZADD', keys[2], moved[2])
  local earliest = math.min(head(1), head(2), taken > 0 and ends or LATEST)
  if taken == 0 and not waiting[1][1] and not waiting[2][1] then
    emptied[#emptied + 1] = subscription
  else
    filed[#filed + 1] = earliest
    filed[#filed + 1] = subscription
  end
  if earliest <= now and taken < (allowances[subscription] or share) then
    leavesSome = true
  end
end
keepTokens()
call('HSET', shard, fields)
call('ZADD', lines, filed)
call('ZREM', lines, emptied)

local nextDue = -1
if leavesSome then
  nextDue = 0
else
  local later = redis.call('ZRANGEBYSCORE', lines, '(' .. digits(now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
  if later then
    nextDue = tonumber(later) - now
  end
end
return {nextDue, firstToken, table.concat(leased)}
