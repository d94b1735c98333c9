-- The pages alone are not enough. Where the queue was nearly empty when it was last vacuumed or analysed, the planner expects
-- one row of whatever it asks for, in a table of many pages, and takes reading all that is due and sorting it for cheaper than
-- reading the first of it by the index. So there are rows that stay: tickets of no delivery, before all others in every
-- index, and due long before anything that is asked for. Their times are in no order, so that the index by time does not pass for
-- the order of the table.
ALTER TABLE posthorn_queue SET (fillfactor = 10);
INSERT INTO posthorn_queue (delivery_id, subscription_id, visible_at)
SELECT lpad(to_hex(i), 32, '0')::uuid, '00000000-0000-0000-0000-000000000000',
    timestamptz '0001-01-01' + random() * interval '300000 days'
FROM generate_series(1, 1000) i;
ALTER TABLE posthorn_queue RESET (fillfactor);
