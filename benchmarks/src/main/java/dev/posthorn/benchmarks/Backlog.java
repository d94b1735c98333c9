package dev.posthorn.benchmarks;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** What waits in a store, with its log: much that is due to one subscription, and a retry to come of many others. */
final class Backlog {
    private final PostgresServer server;
    private final String schema;

    Backlog(PostgresServer server, String schema) {
        this.server = server;
        this.schema = schema;
    }

    /**
     * Fills it.
     *
     * @param webhooks a dispatcher that has not been started
     * @param dead whose deliveries are due; the others get its settings, but for what it wants
     */
    void fill(WebhookDispatcher webhooks, UUID dead, int due, int retrying) throws SQLException {
        long start = System.nanoTime();
        // The store makes the tables of the day.
        webhooks.publishTo(dead, WebhookEvent.of("dead", "application/json", Bytes.utf8("{}")));
        server.execute(KeptLog.ID_FUNCTION);
        var midnight =
                LocalDate.now(ZoneOffset.UTC).atStartOfDay(ZoneOffset.UTC).toInstant();
        var now = Instant.now();
        long span = Math.min(3_600_000, ChronoUnit.MILLIS.between(midnight, now)) - 1;
        server.execute(filled(OTHERS, dead, now.toEpochMilli() - span, span, retrying));
        for (var sql : List.of(EVENTS, DELIVERIES, TICKETS)) {
            server.execute(filled(SERIES + sql, dead, now.toEpochMilli() - span, span, due));
        }
        for (var sql : List.of(EVENTS, RETRYING_DELIVERIES, ATTEMPTS, RETRYING_TICKETS)) {
            server.execute(filled(RETRYING_SERIES + sql, dead, now.toEpochMilli() - span, span, retrying));
        }
        for (var table : List.of("subscription", "event", "delivery", "attempt", "queue")) {
            server.execute("VACUUM (ANALYZE) %s.posthorn_%s".formatted(schema, table));
        }
        server.execute("CHECKPOINT");
        System.out.printf(
                Locale.ROOT,
                "%,d due, %,d to be retried, made in %d s%n",
                due,
                retrying,
                (System.nanoTime() - start) / 1_000_000_000);
    }

    private String filled(String sql, UUID dead, long from, long span, int count) {
        return sql.replace(":schema", schema)
                .replace(":dead", dead.toString())
                .replace(":from", Long.toString(from))
                .replace(":span", Long.toString(span))
                .replace(":count", Integer.toString(count))
                .replace(":payload", "{\"at\":0,\"padding\":\"" + "x".repeat(480) + "\"}");
    }

    private static final String OTHERS = """
            INSERT INTO :schema.posthorn_subscription
                (id, tenant, version, status, settings, secrets, created_at, updated_at, position)
            SELECT pg_temp.id(:from, 'subscription:' || i), tenant, version, status,
                replace(settings::text, '"dead"', '"retried"')::json, secrets, created_at, updated_at,
                h.position + i + 1
            FROM :schema.posthorn_subscription s, :schema.posthorn_history h, generate_series(0, :count - 1) i
            WHERE s.id = ':dead';
            UPDATE :schema.posthorn_history SET position = position + :count
            """;

    private static final String SERIES = """
            WITH made AS (
                SELECT i, millis, to_timestamp(millis / 1000.0) AS moment, ':dead'::uuid AS subscription_id,
                    pg_temp.id(millis, 'event:due' || i) AS event_id,
                    pg_temp.id(millis, 'delivery:due' || i) AS delivery_id
                FROM generate_series(0, :count - 1) i,
                    LATERAL (SELECT :from + i::bigint * :span / :count AS millis) m
            )
            """;

    private static final String RETRYING_SERIES =
            SERIES.replace("due'", "retry'").replace("':dead'::uuid", "pg_temp.id(:from, 'subscription:' || i)");

    private static final String EVENTS = """
            INSERT INTO :schema.posthorn_event (id, tenant, type, content_type, payload, published_at, deliveries)
            SELECT event_id, 'default', 'dead', 'application/json', ':payload'::bytea, moment, ARRAY[delivery_id]
            FROM made
            """;

    private static final String DELIVERIES = """
            INSERT INTO :schema.posthorn_delivery (id, event_id, subscription_id, tenant, event_type, status, version,
                attempt_count, attempts_this_round, first_due_at, due_at, created_at)
            SELECT delivery_id, event_id, subscription_id, 'default', 'dead', 'PENDING', 1, 0, 0, moment, moment, moment
            FROM made
            """;

    private static final String TICKETS = """
            INSERT INTO :schema.posthorn_queue (delivery_id, subscription_id, visible_at)
            SELECT delivery_id, subscription_id, moment FROM made
            """;

    private static final String RETRYING_DELIVERIES = DELIVERIES.replace(
            "1, 0, 0, moment, moment, moment", "2, 1, 1, moment, moment + interval '5 hours', moment");

    private static final String ATTEMPTS = """
            INSERT INTO :schema.posthorn_attempt (id, delivery_id, number, started_at, duration_nanos, url,
                subscription_version, outcome)
            SELECT pg_temp.id(millis, 'attempt:' || i), delivery_id, 1, moment, 1000000, 'http://127.0.0.1/', 1,
                'CONNECT_FAILED'
            FROM made
            """;

    private static final String RETRYING_TICKETS = """
            INSERT INTO :schema.posthorn_queue (delivery_id, subscription_id, visible_at, is_retry)
            SELECT delivery_id, subscription_id, moment + interval '5 hours', true FROM made
            """;
}
