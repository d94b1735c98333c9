#!lua flags=allow-oom
-- ARGV from 2: for each settlement its delivery, its token, the delay after which the ticket comes again or nothing if it is
-- done, and whether an attempt was made. Returns for each whether its lease was lost.
local deliveries = {}
for i = 2, #ARGV, 4 do
  deliveries[#deliveries + 1] = ARGV[i]
end
local tickets = read(deliveries)
local results, changed, moved, left, fields, gone, retries = {}, {}, {}, {}, {}, {}, {}

for i = 2, #ARGV, 4 do
  local delivery = ARGV[i]
  local ticket = tickets[delivery]
  if not ticket or ticket.token ~= ARGV[i + 1] then
    results[#results + 1] = 1
  else
    results[#results + 1] = 0
    changed[ticket.subscription] = true
    if ARGV[i + 2] == '' then
      tickets[delivery] = nil
      append(left, line(ticket.kind, ticket.subscription), delivery)
      gone[#gone + 1] = delivery
    else
      if ARGV[i + 3] == '1' and ticket.kind == FIRST then
        append(left, line(FIRST, ticket.subscription), delivery)
        ticket.kind = RETRY
        retries[#retries + 1] = ticket.subscription
      end
      ticket.token = ''
      append(moved, line(ticket.kind, ticket.subscription), after(ARGV[i + 2]), delivery)
      fields[#fields + 1] = delivery
      fields[#fields + 1] = value(ticket)
    end
  end
end

call('SADD', shard .. ':retrying', retries)
for key, members in pairs(left) do
  call('ZREM', key, members)
end
for key, members in pairs(moved) do
  call('ZADD', key, members)
end
call('HDEL', shard, gone)
call('HSET', shard, fields)
file(changed)
return results
