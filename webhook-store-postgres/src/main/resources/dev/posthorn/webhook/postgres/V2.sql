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

-- Endpoints that do nothing but fail, apart from their subscriptions: a mark raises no version and is no change.
CREATE TABLE posthorn_failing (
    subscription_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    failures bigint NOT NULL
);
