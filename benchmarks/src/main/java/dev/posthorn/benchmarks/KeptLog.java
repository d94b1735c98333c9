package dev.posthorn.benchmarks;

import dev.posthorn.webhook.postgres.PostgresWebhookStore;
import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.spi.WebhookStore;
import dev.posthorn.webhook.tck.Samples;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/**
 * A store in a schema of its own, whose log is filled as if it had been in use for days: each delivery with an event of 500
 * bytes and one attempt, evenly over the days up to now. What was filled once is found again in a database that is kept.
 */
final class KeptLog {
    private final PostgresServer server;
    private final String schema;
    private final WebhookStore store;
    private final Samples samples = new Samples(Instant::now);
    private final List<UUID> subscriptions;

    private KeptLog(PostgresServer server, DataSource pool, String schema) throws SQLException {
        this.server = server;
        this.schema = schema;
        store = PostgresWebhookStore.builder(pool, SecretCipher.secretsInTheClear())
                .schema(schema)
                .build();
        var known = server.ask(
                "SELECT string_agg(id::text, ',' ORDER BY id) FROM %s.posthorn_subscription".formatted(schema));
        subscriptions = known.equals("null")
                ? subscribe()
                : new ArrayList<>(
                        List.of(known.split(",")).stream().map(UUID::fromString).toList());
    }

    /**
     * @param days over how many days what is kept was made, today being the last
     * @param deliveries how many are kept, all of which have succeeded
     * @param due how many more of today's are due, all of the first subscription
     */
    static KeptLog of(PostgresServer server, DataSource pool, String schema, int days, int deliveries, int due)
            throws SQLException {
        boolean isNew =
                server.ask("SELECT to_regnamespace('%s')".formatted(schema)).equals("null");
        var log = new KeptLog(server, pool, schema);
        if (isNew) {
            log.fill(days, deliveries, due);
        }
        return log;
    }

    private List<UUID> subscribe() {
        var ids = new ArrayList<UUID>();
        for (int i = 0; i < Load.URLS; i++) {
            var stored = samples.subscription();
            store.subscriptions().insert(stored);
            ids.add(stored.subscription().id());
        }
        return ids;
    }

    WebhookStore store() {
        return store;
    }

    String schema() {
        return schema;
    }

    List<UUID> subscriptions() {
        return subscriptions;
    }

    private void fill(int days, int deliveries, int due) throws SQLException {
        long start = System.nanoTime();
        server.execute(ID_FUNCTION);
        var today = LocalDate.now(ZoneOffset.UTC);
        for (int day = days - 1; day >= 0 && deliveries > 0; day--) {
            var first = today.minusDays(day).atStartOfDay(ZoneOffset.UTC).toInstant();
            makeTables(first);
            fill(first, span(first), deliveries / days, schema + day, "SUCCEEDED");
        }
        if (due > 0) {
            var first = today.atStartOfDay(ZoneOffset.UTC).toInstant();
            makeTables(first);
            fill(first, span(first), due, schema + "due", "PENDING");
        }
        for (var table : List.of("event", "delivery", "attempt", "queue")) {
            server.execute("VACUUM (ANALYZE) %s.posthorn_%s".formatted(schema, table));
        }
        server.execute("CHECKPOINT");
        System.out.printf(
                "%s: filled with %,d and %,d due in %d s%n",
                schema, deliveries, due, (System.nanoTime() - start) / 1_000_000_000);
    }

    /** How many milliseconds of this day are over. */
    private static long span(Instant first) {
        return Math.min(ChronoUnit.DAYS.getDuration().toMillis(), ChronoUnit.MILLIS.between(first, Instant.now()));
    }

    /** The store makes the tables of a day when it appends something of that day, which is then taken out again. */
    private void makeTables(Instant day) throws SQLException {
        var old = new Samples(() -> day);
        store.deliveries().append(List.of(old.publication(old.event(), old.ticket(subscriptions.get(0)))));
        var sql =
                "DELETE FROM %1$s.posthorn_event WHERE id < '%2$s'; DELETE FROM %1$s.posthorn_delivery WHERE id < '%2$s';"
                        + "DELETE FROM %1$s.posthorn_queue WHERE delivery_id < '%2$s'";
        var before = new UUID(day.plusMillis(1).toEpochMilli() << 16, 0);
        var after = new UUID(day.toEpochMilli() << 16, 0);
        server.execute(
                sql.replace("id < '%2$s'", "id BETWEEN '%3$s' AND '%2$s'").formatted(schema, before, after));
    }

    private void fill(Instant first, long span, int count, String salt, String status) throws SQLException {
        var values = Map.of(
                "schema",
                schema,
                "subscriptions",
                subscriptions.stream().map(UUID::toString).collect(Collectors.joining(",", "{", "}")),
                "payload",
                "{\"at\":0,\"padding\":\"" + "x".repeat(480) + "\"}",
                "from",
                Long.toString(first.toEpochMilli()),
                "span",
                Long.toString(span),
                "count",
                Integer.toString(count),
                "salt",
                salt,
                "status",
                status,
                "which",
                status.equals("PENDING") ? "1" : "(i % 100 + 1)");
        for (var sql : status.equals("PENDING")
                ? List.of(EVENTS, DELIVERIES, TICKETS)
                : List.of(EVENTS, DELIVERIES, ATTEMPTS)) {
            var text = (SERIES + sql);
            for (var value : values.entrySet()) {
                text = text.replace(":" + value.getKey(), value.getValue());
            }
            server.execute(text);
        }
    }

    /** A UUIDv7 of this moment and, by chance, of this salt. */
    static final String ID_FUNCTION = """
            CREATE OR REPLACE FUNCTION pg_temp.id(millis bigint, salt text) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
                SELECT (lpad(to_hex(millis), 12, '0') || '7' || substr(md5(salt), 1, 3)
                    || '8' || substr(md5(salt), 4, 15))::uuid
            $$""";

    private static final String SERIES = """
            WITH made AS (
                SELECT i, millis, to_timestamp(millis / 1000.0) AS moment,
                    pg_temp.id(millis, 'event:salt' || i) AS event_id,
                    pg_temp.id(millis, 'delivery:salt' || i) AS delivery_id
                FROM generate_series(0, :count - 1) i,
                    LATERAL (SELECT :from + i::bigint * :span / :count AS millis) m
            )
            """;

    private static final String EVENTS = """
            INSERT INTO :schema.posthorn_event (id, tenant, type, content_type, payload, published_at, deliveries)
            SELECT event_id, 'default', 'load.' || i % 100, 'application/json', ':payload'::bytea, moment,
                ARRAY[delivery_id]
            FROM made
            """;

    private static final String DELIVERIES = """
            INSERT INTO :schema.posthorn_delivery (id, event_id, subscription_id, tenant, event_type, status, version,
                attempt_count, attempts_this_round, first_due_at, due_at, created_at, completed_at)
            SELECT delivery_id, event_id, (':subscriptions'::uuid[])[:which], 'default', 'load.' || i % 100, ':status',
                2, CASE WHEN ':status' = 'PENDING' THEN 0 ELSE 1 END, 0, moment,
                CASE WHEN ':status' = 'PENDING' THEN moment END, moment,
                CASE WHEN ':status' <> 'PENDING' THEN moment + interval '1 second' END
            FROM made
            """;

    private static final String ATTEMPTS = """
            INSERT INTO :schema.posthorn_attempt (id, delivery_id, number, started_at, duration_nanos, url,
                subscription_version, outcome, status_code)
            SELECT pg_temp.id(millis, 'attempt:salt' || i), delivery_id, 1, moment, 1000000,
                'https://example.com/hooks/' || i % 100, 1, 'SUCCEEDED', 204
            FROM made
            """;

    private static final String TICKETS = """
            INSERT INTO :schema.posthorn_queue (delivery_id, subscription_id, visible_at)
            SELECT delivery_id, (':subscriptions'::uuid[])[:which], moment FROM made
            """;
}
