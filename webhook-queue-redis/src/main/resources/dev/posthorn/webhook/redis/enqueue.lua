#!lua
-- ARGV[2]: 1 to wake a node where something is due. From 3: for each ticket its delivery and subscription in one, its delay, the lease it asks for or nothing, and its
-- kind. Returns for each ticket the token of its lease, 0 if it has none, or -1 if somebody holds it.
local deliveries = {}
for i = 3, #ARGV, 4 do
  deliveries[#deliveries + 1] = ARGV[i]:sub(1, 16)
end
local tickets = read(deliveries)
local results, changed = {}, {}
local heads, moved, left, values = {}, {}, {}, {}

for i = 3, #ARGV, 4 do
  local delivery = ARGV[i]:sub(1, 16)
  local ticket = tickets[delivery]
  if ticket and not ticket.visible then
    -- Missing only where a script was broken off.
    ticket.visible = tonumber(redis.call('ZSCORE', line(ticket.kind, ticket.subscription), delivery) or now)
  end
  if ticket and ticket.token ~= '' and ticket.visible > now then
    results[#results + 1] = -1
  else
    local kind = ARGV[i + 3]
    local visible = after(ARGV[i + 1])
    if ticket then
      visible = math.min(visible, ticket.visible)
      changed[ticket.subscription] = true
      if ticket.kind ~= kind then
        left[delivery] = ticket
      end
    end
    ticket = {
      kind = kind,
      subscription = ticket and ticket.subscription or ARGV[i]:sub(17, 32),
      visible = visible,
      token = ''
    }
    if ARGV[i + 2] ~= '' then
      ticket.token = nextToken()
      ticket.visible = after(ARGV[i + 2])
    end
    tickets[delivery] = ticket
    values[delivery] = ticket
    results[#results + 1] = tonumber(ticket.token) or 0
  end
end

-- One delivery may have come several times; only what it is in the end is written.
local fields, retries = {}, {}
for delivery, ticket in pairs(left) do
  redis.call('ZREM', line(FIRST, ticket.subscription), delivery)
  redis.call('ZREM', line(RETRY, ticket.subscription), delivery)
end
local isDue = false
for delivery, ticket in pairs(values) do
  isDue = isDue or (ticket.token == '' and ticket.visible <= now)
  append(moved, line(ticket.kind, ticket.subscription), ticket.visible, delivery)
  heads[ticket.subscription] = math.min(heads[ticket.subscription] or LATEST, ticket.visible)
  if ticket.kind == RETRY then
    retries[#retries + 1] = ticket.subscription
  end
  fields[#fields + 1] = delivery
  fields[#fields + 1] = value(ticket)
end
keepTokens()
call('HSET', shard, fields)
call('SADD', shard .. ':retrying', retries)
for key, members in pairs(moved) do
  call('ZADD', key, members)
end
local filed = {}
for subscription, head in pairs(heads) do
  if not changed[subscription] then
    filed[#filed + 1] = head
    filed[#filed + 1] = subscription
  end
end
for from = 1, #filed, 2000 do
  redis.call('ZADD', lines, 'LT', unpack(filed, from, math.min(from + 1999, #filed)))
end
file(changed)
if isDue and ARGV[2] == '1' then
  ring()
end
return results
