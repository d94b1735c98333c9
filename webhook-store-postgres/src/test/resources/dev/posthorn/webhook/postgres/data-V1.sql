-- What version 1 wrote. One active subscription with everything set that could be; deliveries: d1 succeeded, d2 failed, d3
-- waits for its second attempt and is due, d4 was leased to a node that died; one idempotency key; a node and its lead.
INSERT INTO posthorn_subscription
    (id, tenant, version, status, disabled_reason, settings, secrets, created_at, updated_at, position)
VALUES ('01900000-0000-7000-8000-000000000001', 'default', 3, 'ACTIVE', NULL,
    '{"url":":url","eventTypes":["*"],"description":"of version 1","headers":{"X-Custom":"kept"},"metadata":{"k":"v"},"maxInFlight":7,"timeout":"PT5S","retry":{"delays":["PT1S","PT2S"],"jitter":0.1},"signatureSchemes":["standard-webhooks"]}',
    '\x00'::bytea || convert_to('[{"secret":"whsec_Loi6Jtts0yfx5rV8d+2OeRj0t91Kzc42agu+OfSh5zQ=","expiresAtMillis":null}]', 'UTF8'),
    :then, :then, 4);
-- Deleted, and disabled because its endpoint was gone.
INSERT INTO posthorn_subscription
    (id, tenant, version, status, disabled_reason, settings, secrets, created_at, updated_at, position, is_deleted)
VALUES
    ('01900000-0000-7000-8000-000000000002', 'default', 2, 'ACTIVE', NULL, NULL, NULL, :then, :then, 2, true),
    ('01900000-0000-7000-8000-000000000003', 'default', 2, 'DISABLED', 'GONE',
        '{"url":":url","eventTypes":["order.*"],"description":null,"headers":{},"metadata":{},"maxInFlight":null,"timeout":null,"retry":null,"signatureSchemes":["standard-webhooks"]}',
        '\x00'::bytea || convert_to('[{"secret":"whsec_Loi6Jtts0yfx5rV8d+2OeRj0t91Kzc42agu+OfSh5zQ=","expiresAtMillis":null}]', 'UTF8'),
        :then, :then, 3, false);
UPDATE posthorn_history SET position = 4;

INSERT INTO posthorn_event (id, tenant, type, content_type, headers, payload, published_at, deliveries) VALUES
    (':ide1', 'default', 'order.created', 'application/json', '{"traceparent":"00-1"}', '{"order": 1}', :then,
        ARRAY[':idd1', ':idd2']::uuid[]),
    (':ide2', 'default', 'order.created', 'application/json', NULL, '{"order": 2}', :then,
        ARRAY[':idd3', ':idd4']::uuid[]);
INSERT INTO posthorn_delivery
    (id, event_id, subscription_id, tenant, event_type, status, failure, version, attempt_count, attempts_this_round,
     first_due_at, due_at, created_at, completed_at)
VALUES
    (':idd1', ':ide1', '01900000-0000-7000-8000-000000000001', 'default', 'order.created', 'SUCCEEDED', NULL, 2, 1, 0,
        :then, NULL, :then, :then),
    (':idd2', ':ide1', '01900000-0000-7000-8000-000000000001', 'default', 'order.created', 'FAILED', 'EXHAUSTED', 2, 1, 0,
        :then, NULL, :then, :then),
    (':idd3', ':ide2', '01900000-0000-7000-8000-000000000001', 'default', 'order.created', 'PENDING', NULL, 2, 1, 1,
        :then, :then, :then, NULL),
    (':idd4', ':ide2', '01900000-0000-7000-8000-000000000001', 'default', 'order.created', 'PENDING', NULL, 1, 0, 0,
        :then, :then, :then, NULL);
INSERT INTO posthorn_attempt
    (id, delivery_id, number, started_at, duration_nanos, url, subscription_version, outcome, status_code, error,
     response_headers, response_body)
VALUES
    (':ida1', ':idd1', 1, :then, 12000000, ':url', 3, 'SUCCEEDED', 200, NULL,
        '[{"name":"Content-Type","value":"text/plain"}]', 'thanks'),
    (':ida2', ':idd2', 1, :then, 12000000, ':url', 3, 'REJECTED', 500, NULL, NULL, ''),
    (':ida3', ':idd3', 1, :then, 12000000, ':url', 3, 'REJECTED', 503, NULL, NULL, '');
INSERT INTO posthorn_queue (delivery_id, subscription_id, visible_at, token) VALUES
    (':idd3', '01900000-0000-7000-8000-000000000001', :then, NULL),
    (':idd4', '01900000-0000-7000-8000-000000000001', :then + interval '1 minute', nextval('posthorn_token'));

INSERT INTO posthorn_idempotency_key (tenant, key, content_hash, event_id) VALUES ('default', 'key', '\x00', ':ide1');
INSERT INTO posthorn_node (id, lives_until) VALUES ('dead', :then + interval '20 seconds');
INSERT INTO posthorn_lead (duty, node_id, until) VALUES ('chores', 'dead', :then + interval '1 minute');
UPDATE posthorn_retention SET kept = interval '3 days';
