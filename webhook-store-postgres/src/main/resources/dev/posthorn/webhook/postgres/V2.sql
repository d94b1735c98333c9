-- Endpoints that do nothing but fail, apart from their subscriptions: a mark raises no version and is no change.
CREATE TABLE posthorn_failing (
    subscription_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    failures bigint NOT NULL
);
