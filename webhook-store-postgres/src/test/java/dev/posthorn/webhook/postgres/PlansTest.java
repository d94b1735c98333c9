package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.tck.Samples;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;

/** That statements are planned as they are meant to be, beside many rows that they must not touch. */
class PlansTest {
    private final CountingDataSource database = new CountingDataSource(TestDatabase.autoCommitting());
    private final String schema = TestDatabase.newSchema();
    private final PostgresWebhookStore store = PostgresWebhookStore.builder(database, TestDatabase.KEYS)
            .schema(schema)
            .build();
    private final Samples samples = new Samples(Instant::now);

    @Test
    void aClaimReadsTicketsByTheirTimeAndNoneThatAreNotDue() throws SQLException {
        execute("""
                INSERT INTO %s.posthorn_queue (delivery_id, subscription_id, visible_at)
                SELECT gen_random_uuid(), gen_random_uuid(), now() + interval '1 day' FROM generate_series(1, 100000)
                """);
        execute("ANALYZE %s.posthorn_queue");
        database.take();
        store.queue().orElseThrow().claim(new ClaimRequest(500, Duration.ofMinutes(1), 500, Map.of()));

        var claim = database.take().get(0);
        var plan = explain(claim, "'{}'", "'{}'", "2000", "500", "500", "60000000");
        assertThat(plan).contains("Index Scan using posthorn_queue_visible_at_idx");
        assertThat(plan).doesNotContain("Seq Scan on posthorn_queue");
        // The clock is the bound of the scan and not a filter on what it finds.
        assertThat(plan).contains("Index Cond: (visible_at <= ").doesNotContain("Rows Removed by Filter: 100000");
    }

    @Test
    void aLoadReadsByIdInTheDaysConcerned() throws SQLException {
        var partitions = new Partitions(
                new Database(TestDatabase.autoCommitting(), new Names(schema, "posthorn_"), TimeSource.system()));
        partitions.prepare(LocalDate.of(2026, 1, 1), 10);
        var subscription = samples.subscription();
        store.subscriptions().insert(subscription);
        var tickets = new ArrayList<UUID>();
        for (int i = 0; i < 20; i++) {
            var ticket = samples.ticket(subscription.subscription().id());
            store.deliveries().append(List.of(samples.publication(samples.event(), ticket)));
            tickets.add(ticket.deliveryId());
        }
        execute("""
                INSERT INTO %1$s.posthorn_delivery
                SELECT (substr(id::text, 1, 14) || substr(gen_random_uuid()::text, 15))::uuid, event_id,
                    subscription_id, tenant, event_type, status, failure, version, attempt_count, attempts_this_round,
                    first_due_at, due_at, created_at, completed_at
                FROM %1$s.posthorn_delivery, generate_series(1, 5000)
                """);
        execute("ANALYZE %s.posthorn_delivery");
        execute("ANALYZE %s.posthorn_event");
        database.take();
        var leases = store.queue()
                .orElseThrow()
                .claim(new ClaimRequest(500, Duration.ofMinutes(1), 500, Map.of()))
                .leases();
        store.deliveries().load(leases, Long.MAX_VALUE);

        var load = database.take().get(1);
        var array = "'{" + String.join(",", tickets.stream().map(UUID::toString).toList()) + "}'";
        var range = Parameters.sorted(tickets);
        var plan = explain(load, array, "'" + range.get(0) + "'", "'" + range.get(range.size() - 1) + "'");
        assertThat(plan).doesNotContain("Seq Scan").doesNotContain("Hash Join").contains("Index");
        assertThat(plan).doesNotContain("posthorn_delivery_20260101");
    }

    @Test
    void whatIsAgedIsFoundByTheKeyOfTheQueueAndNothingElseIsRead() throws SQLException {
        var subscription = samples.subscription();
        store.subscriptions().insert(subscription);
        var ticket = samples.ticket(subscription.subscription().id());
        store.deliveries().append(List.of(samples.publication(samples.event(), ticket)));
        // As many that are not old, with ids of today.
        execute("""
                INSERT INTO %1$s.posthorn_delivery
                SELECT (substr(id::text, 1, 14) || substr(gen_random_uuid()::text, 15))::uuid, event_id,
                    subscription_id, tenant, event_type, status, failure, version, attempt_count, attempts_this_round,
                    first_due_at, due_at, created_at, completed_at
                FROM %1$s.posthorn_delivery, generate_series(1, 100000)
                """);
        execute("""
                INSERT INTO %1$s.posthorn_queue (delivery_id, subscription_id, visible_at)
                SELECT id, subscription_id, due_at FROM %1$s.posthorn_delivery ON CONFLICT DO NOTHING
                """);
        execute("ANALYZE %s.posthorn_queue");
        execute("ANALYZE %s.posthorn_delivery");
        // None is old enough, and then all are. A page is read either way, by the key.
        for (var micros : List.of("187200000000", "0")) {
            assertThat(planOfAged(micros))
                    .containsPattern("Index (Only )?Scan using posthorn_queue_pkey.*actual rows=500")
                    .doesNotContain("Seq Scan on posthorn_queue")
                    .doesNotContain("Seq Scan on posthorn_delivery");
        }
        assertThat(planOfAged("187200000000")).containsPattern("posthorn_delivery_\\d+.*never executed");
    }

    private String planOfAged(String micros) throws SQLException {
        database.take();
        store.deliveries().aged(Duration.ZERO, null, 500);
        return explain(database.take().get(0), "'00000000-0000-0000-0000-000000000000'", "500", micros, micros);
    }

    private void execute(String sql) throws SQLException {
        try (var connection = TestDatabase.autoCommitting().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql.formatted(schema));
        }
    }

    private static String explain(String sql, String... parameters) throws SQLException {
        for (var parameter : parameters) {
            sql = sql.replaceFirst("\\?", Matcher.quoteReplacement(parameter));
        }
        var plan = new StringBuilder();
        try (var connection = TestDatabase.autoCommitting().getConnection();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            try (var result = statement.executeQuery("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + sql)) {
                while (result.next()) {
                    plan.append(result.getString(1)).append('\n');
                }
            }
            connection.rollback();
        }
        return plan.toString();
    }
}
