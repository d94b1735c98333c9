#!lua flags=allow-oom
-- ARGV from 2: deliveries.
local deliveries = {}
for i = 2, #ARGV do
  deliveries[i - 1] = ARGV[i]
end
local changed, left, gone = {}, {}, {}
for delivery, ticket in pairs(read(deliveries)) do
  changed[ticket.subscription] = true
  append(left, line(ticket.kind, ticket.subscription), delivery)
  gone[#gone + 1] = delivery
end
for key, members in pairs(left) do
  call('ZREM', key, members)
end
call('HDEL', shard, gone)
file(changed)
return #gone
