-- The pages alone are not enough. Where vacuum or analyze last saw the queue nearly empty, the planner expects one row of
-- whatever it asks for, and takes reading all that is due and sorting it for as good as reading the first by the index. So
-- there are rows that stay: tickets of no delivery, before all others in every index and due at no time that is asked for.
ALTER TABLE posthorn_queue SET (fillfactor = 10);
INSERT INTO posthorn_queue (delivery_id, subscription_id, visible_at)
SELECT lpad(to_hex(i), 32, '0')::uuid, '00000000-0000-0000-0000-000000000000', '-infinity' FROM generate_series(1, 1000) i;
ALTER TABLE posthorn_queue RESET (fillfactor);
