-- Subscriptions. A deleted one stays as a tombstone, so that every reader of the history learns of the deletion.
CREATE TABLE posthorn_subscription (
    id uuid PRIMARY KEY,
    tenant text NOT NULL,
    version bigint NOT NULL,
    status text NOT NULL,
    disabled_reason text,
    -- json and not jsonb: the text comes back as it was, with headers in their order and escapes such as \u0000.
    settings json,
    secrets bytea,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    position bigint NOT NULL UNIQUE,
    is_deleted boolean NOT NULL DEFAULT false
);
CREATE INDEX ON posthorn_subscription (tenant, id) WHERE NOT is_deleted;

-- One row, which every change of a subscription locks until its commit: so positions become visible in their order.
CREATE TABLE posthorn_history (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL
);
INSERT INTO posthorn_history (position) VALUES (0);

CREATE TABLE posthorn_chore (
    subscription_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    kind text NOT NULL,
    position bigint NOT NULL
);

-- The log, partitioned by day: ids are UUIDv7, so a range of ids is a range of time, and the id alone is the key.
CREATE TABLE posthorn_event (
    id uuid PRIMARY KEY,
    tenant text NOT NULL,
    type text NOT NULL,
    content_type text NOT NULL,
    headers json,
    payload bytea NOT NULL,
    published_at timestamptz NOT NULL,
    deliveries uuid[] NOT NULL
) PARTITION BY RANGE (id);

-- No index has a column that changes, so that updates need not touch indexes (HOT).
CREATE TABLE posthorn_delivery (
    id uuid PRIMARY KEY,
    event_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    tenant text NOT NULL,
    event_type text NOT NULL,
    status text NOT NULL,
    failure text,
    version bigint NOT NULL,
    attempt_count integer NOT NULL,
    attempts_this_round integer NOT NULL,
    first_due_at timestamptz NOT NULL,
    due_at timestamptz,
    created_at timestamptz NOT NULL,
    completed_at timestamptz
) PARTITION BY RANGE (id);
CREATE INDEX ON posthorn_delivery (subscription_id, id);
CREATE INDEX ON posthorn_delivery (tenant, id);

CREATE TABLE posthorn_attempt (
    id uuid PRIMARY KEY,
    delivery_id uuid NOT NULL,
    number integer NOT NULL,
    started_at timestamptz NOT NULL,
    duration_nanos bigint NOT NULL,
    url text NOT NULL,
    subscription_version bigint NOT NULL,
    outcome text NOT NULL,
    status_code integer,
    error text,
    response_headers json,
    response_body bytea
) PARTITION BY RANGE (id);
CREATE INDEX ON posthorn_attempt (delivery_id);

-- Apart from the log, because a partitioned table cannot hold the constraint.
CREATE TABLE posthorn_idempotency_key (
    tenant text NOT NULL,
    key text NOT NULL,
    content_hash bytea NOT NULL,
    event_id uuid NOT NULL,
    PRIMARY KEY (tenant, key)
);
CREATE INDEX ON posthorn_idempotency_key (event_id);

-- What is pending, and nothing else: dead rows come as fast as deliveries, and vacuum must keep up with them.
-- visible_at is the due time and the lease's end in one: who claims a ticket moves it forward.
CREATE TABLE posthorn_queue (
    delivery_id uuid PRIMARY KEY,
    subscription_id uuid NOT NULL,
    visible_at timestamptz NOT NULL,
    token bigint
) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_threshold = -1,
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX ON posthorn_queue (visible_at);
CREATE INDEX ON posthorn_queue (subscription_id, visible_at);
CREATE SEQUENCE posthorn_token CACHE 1000;

CREATE TABLE posthorn_node (
    id text PRIMARY KEY,
    lives_until timestamptz NOT NULL
);

CREATE TABLE posthorn_lead (
    duty text PRIMARY KEY,
    node_id text NOT NULL,
    until timestamptz NOT NULL
);

-- What reads hide: deliveries that ended before now less this.
CREATE TABLE posthorn_retention (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    kept interval
);
INSERT INTO posthorn_retention (kept) VALUES (NULL);
