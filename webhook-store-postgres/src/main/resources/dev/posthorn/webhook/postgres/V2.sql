-- Whether an attempt was made before: first attempts go before old retries. The index by subscription is exchanged, which
-- holds up writers of the queue for as long as it takes; its name depends on the prefix, and is looked up.
ALTER TABLE posthorn_queue ADD COLUMN is_retry boolean NOT NULL DEFAULT false;
DO $$
BEGIN
    EXECUTE (
        SELECT 'DROP INDEX ' || indexrelid::regclass FROM pg_index
        WHERE indrelid = 'posthorn_queue'::regclass AND indnkeyatts = 2
    );
END
$$;
CREATE INDEX ON posthorn_queue (subscription_id, is_retry, visible_at);
