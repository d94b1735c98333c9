-- The planner believes that a small table is read fastest as a whole, and what it thought of an empty queue is remembered while
-- the queue fills. So the queue is never small: it is made to have some 100 pages, a few rows in each, which vacuum then
-- leaves to it.
ALTER TABLE posthorn_queue SET (vacuum_truncate = false, fillfactor = 10);
INSERT INTO posthorn_queue (delivery_id, subscription_id, visible_at)
SELECT gen_random_uuid(), 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'infinity' FROM generate_series(1, 1000);
DELETE FROM posthorn_queue WHERE visible_at = 'infinity';
ALTER TABLE posthorn_queue RESET (fillfactor);
