package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.Loaded;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.tck.Samples;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
        var plan = explainClaim(claim, "'{}'", "'{}'", "'epoch'", "0");
        assertThat(plan).contains("Index Scan using posthorn_queue_visible_at_idx");
        assertThat(plan).doesNotContain("Seq Scan on posthorn_queue");
        // The clock is the bound of the scan and not a filter on what it finds.
        assertThat(plan)
                .containsPattern("Index Cond: .*visible_at <= ")
                .doesNotContain("Rows Removed by Filter: 100000");
    }

    /** However frequent the one subscription makes all of them look. */
    @Test
    void lanesAreReadByTheirIndexBesideManyTicketsOfOne() throws SQLException {
        execute("""
                INSERT INTO %%s.posthorn_queue (delivery_id, subscription_id, visible_at)
                SELECT gen_random_uuid(), '00000000-0000-7000-8000-000000000001', now() - interval '1 hour' + i * interval '1 ms'
                FROM generate_series(1, %d) i
                """.formatted(Boolean.getBoolean("posthorn.test.full") ? 1_000_000 : 200_000));
        execute("""
                INSERT INTO %s.posthorn_queue (delivery_id, subscription_id, visible_at, is_retry)
                SELECT gen_random_uuid(), ('00000000-0000-7000-8001-' || lpad(to_hex(i / 2), 12, '0'))::uuid,
                    now() + i * interval '1 s', i %% 2 = 0
                FROM generate_series(2, 4001) i
                """);
        execute("ANALYZE %s.posthorn_queue");
        var queue = store.queue().orElseThrow();
        var dead = UUID.fromString("00000000-0000-7000-8000-000000000001");
        database.take();
        queue.claim(new ClaimRequest(500, Duration.ofMinutes(1), 500, Map.of(dead, 0)));

        var statements = database.take();
        assertThat(statements).hasSize(3);
        assertBounded(explainClaim(statements.get(0), "'{" + dead + "}'", "'{0}'", "'epoch'", "0"));
        // What is found by time is found once, and not for each that is taken.
        assertThat(explainClaim(statements.get(0), "'{}'", "'{}'", "'epoch'", "0"))
                .containsPattern("Update on posthorn_queue.*actual rows=500")
                .doesNotContainPattern("visible_at_idx[^\n]*loops=(?!1\\))");
        var lane = explainClaim(
                statements.get(1), "'{}'", "'{}'", "(now() - interval '10 s')", "2000", "'{" + dead + "}'", "'{60}'");
        assertBounded(lane);
        assertThat(lane).contains("Index Cond: ((ROW(subscription_id, is_retry, visible_at) > ROW(");
        var walk = explain(statements.get(2), "'" + new UUID(0, 0) + "'", "false", "500");
        assertBounded(walk);
        assertThat(walk).contains("Index Cond: (ROW(subscription_id, is_retry) > ROW(");

        queue.count(List.of(dead, samples.id()), 1_000);
        var count = explain(database.take().get(0), "'{" + dead + "," + samples.id() + "}'", "1000", "1000");
        assertBounded(count);
    }

    /** No scan of the queue that is not by an index, and none that reads or throws away more than a page of rows. */
    private static void assertBounded(String plan) {
        assertThat(plan).doesNotContain("Seq Scan on posthorn_queue");
        var rows = Pattern.compile("(?:actual rows=|Rows Removed by [^:]*: )(\\d+)")
                .matcher(plan);
        while (rows.find()) {
            assertThat(Integer.parseInt(rows.group(1))).as(plan).isLessThanOrEqualTo(2_000);
        }
    }

    private static String explainClaim(
            String sql, String allowed, String most, String front, String sweepPage, String... lanes)
            throws SQLException {
        var ids = lanes.length == 0 ? "'{}'" : lanes[0];
        var each = lanes.length == 0 ? "'{}'" : lanes[1];
        return explain(
                sql,
                allowed,
                most,
                ids,
                each,
                "'9999-01-01'",
                front,
                "2000",
                front,
                front,
                sweepPage,
                "500",
                "500",
                "0",
                "500",
                "60000000",
                "500",
                "500");
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

    /** Otherwise a claim is planned for longer than a quarter of the time that it takes. */
    @Test
    void whatIsDoneAllTheTimeIsNotPlannedEachTime() throws SQLException {
        try (var one = TestDatabase.pool(true, 1)) {
            var own = PostgresWebhookStore.builder(one, TestDatabase.KEYS)
                    .schema(TestDatabase.newSchema())
                    .build();
            var subscription = samples.subscription().subscription().id();
            for (int i = 0; i < 15; i++) {
                var publications = new ArrayList<Publication>();
                for (int n = 0; n < 3; n++) {
                    publications.add(samples.publication(samples.event(), samples.ticket(subscription)));
                }
                own.deliveries().append(publications);
                var allowances = Map.of(subscription, 10, UUID.randomUUID(), 0);
                var leases = own.queue()
                        .orElseThrow()
                        .claim(new ClaimRequest(500, Duration.ofMinutes(1), 500, allowances))
                        .leases();
                var ready = own.deliveries().load(leases, Long.MAX_VALUE).ready();
                own.deliveries()
                        .record(ready.stream()
                                .map(each -> DeliveryOutcome.succeeded(
                                        each.lease(),
                                        each.version(),
                                        samples.succeeded(each.lease().deliveryId(), 1)))
                                .toList());
            }
            var planned = new TreeMap<String, Long>();
            try (var connection = one.getConnection();
                    var statement = connection.createStatement();
                    var result = statement.executeQuery("""
                            SELECT statement, generic_plans FROM pg_prepared_statements
                            WHERE statement ~ 'posthorn_' AND generic_plans + custom_plans > 5
                            """)) {
                while (result.next()) {
                    planned.put(result.getString(1), result.getLong(2));
                }
            }
            assertThat(planned).hasSize(5);
            assertThat(planned)
                    .allSatisfy((statement, generically) ->
                            assertThat(generically).as(statement).isPositive());
        }
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
        return explain(database.take().get(0), "'00000000-0000-0000-ffff-ffffffffffff'", "500", micros, micros);
    }

    /**
     * What a statement is given it joins by hashing. The planner does not know that there are 500, and comparing each with each
     * looks as good.
     */
    @Test
    void whatIsGivenIsNotComparedEachWithEach() throws SQLException {
        var subscription = samples.subscription();
        store.subscriptions().insert(subscription);
        var id = subscription.subscription().id();
        store.deliveries().append(List.of(samples.publication(samples.event(), samples.ticket(id))));
        var queue = store.queue().orElseThrow();
        database.take();
        store.deliveries()
                .append(List.of(
                        samples.publication(samples.event(), samples.ticket(id), samples.ticket(id)),
                        samples.publication(samples.event(), samples.ticket(id))));
        var leases = queue.claim(new ClaimRequest(4, Duration.ofMinutes(1), 4, Map.of()))
                .leases();
        var ready = store.deliveries().load(leases, Long.MAX_VALUE).ready();
        store.deliveries().record(List.of(success(ready.get(0)), success(ready.get(1))));
        var attempt = samples.rejected(ready.get(2).lease().deliveryId(), 1);
        store.deliveries()
                .record(List.of(DeliveryOutcome.retry(
                        ready.get(2).lease(), ready.get(2).version(), attempt, Duration.ofMinutes(1))));
        queue.settle(List.of(new Settlement.Again(ready.get(3).lease(), Duration.ZERO)));

        var statements = database.take();
        assertThat(statements).hasSize(7);
        for (var sql : statements) {
            assertThat(explainUnseen(sql)).as(sql).doesNotContainPattern("Nested Loop[^\\n]*\\n\\s*Join Filter");
        }
    }

    /** Rows are locked as they are found: an index gives them in the order of their ids, a bitmap as they lie in the table. */
    @ParameterizedTest
    @ValueSource(strings = {"4", "1.1"})
    void deliveriesThatSucceedAreLockedInTheOrderOfTheirIds(String pageCost) throws SQLException {
        var subscription = samples.subscription();
        store.subscriptions().insert(subscription);
        var id = subscription.subscription().id();
        store.deliveries()
                .append(List.of(samples.publication(samples.event(), samples.ticket(id), samples.ticket(id))));
        var leases = store.queue()
                .orElseThrow()
                .claim(new ClaimRequest(2, Duration.ofMinutes(1), 2, Map.of()))
                .leases();
        var ready = store.deliveries().load(leases, Long.MAX_VALUE).ready();
        database.take();
        store.deliveries().record(List.of(success(ready.get(0)), success(ready.get(1))));
        var sql = database.take().get(0);

        var pattern = "Update on posthorn_delivery[^\\n]*\\n(.*\\n)*?.*Index Scan using posthorn_delivery_\\d+_pkey";
        assertThat(explainUnseen(sql, pageCost))
                .containsPattern(pattern)
                .doesNotContain("Bitmap Heap Scan on posthorn_delivery");
        // In another order than that of their ids, so that the index looks less good.
        execute("""
                INSERT INTO %1$s.posthorn_delivery
                SELECT (substr(id::text, 1, 14) || substr(gen_random_uuid()::text, 15))::uuid, event_id,
                    subscription_id, tenant, event_type, status, failure, version, attempt_count, attempts_this_round,
                    first_due_at, due_at, created_at, completed_at
                FROM (SELECT * FROM %1$s.posthorn_delivery LIMIT 1) one, generate_series(1, 100000)
                """);
        assertThat(explainUnseen(sql, pageCost))
                .containsPattern(pattern)
                .doesNotContain("Bitmap Heap Scan on posthorn_delivery");
        execute("ANALYZE %s.posthorn_delivery");
        assertThat(explainUnseen(sql, pageCost))
                .containsPattern(pattern)
                .doesNotContain("Bitmap Heap Scan on posthorn_delivery");
    }

    private DeliveryOutcome success(Loaded.Ready ready) {
        var attempt = samples.succeeded(ready.lease().deliveryId(), 1);
        return DeliveryOutcome.succeeded(ready.lease(), ready.version(), attempt);
    }

    /** The plan that is made without a look at the parameters. */
    private static String explainUnseen(String sql) throws SQLException {
        return explainUnseen(sql, "4");
    }

    private static String explainUnseen(String sql, String pageCost) throws SQLException {
        int count = 0;
        while (sql.contains("?")) {
            sql = sql.replaceFirst("\\?", Matcher.quoteReplacement("$" + ++count));
        }
        var plan = new StringBuilder();
        try (var connection = TestDatabase.autoCommitting().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("SET plan_cache_mode = force_generic_plan");
            statement.execute("SET random_page_cost = " + pageCost);
            statement.execute("PREPARE unseen AS " + sql);
            var nulls = String.join(", ", Collections.nCopies(count, "NULL"));
            try (var result = statement.executeQuery("EXPLAIN (COSTS OFF) EXECUTE unseen (" + nulls + ")")) {
                while (result.next()) {
                    plan.append(result.getString(1)).append('\n');
                }
            }
            statement.execute("DEALLOCATE unseen");
            statement.execute("RESET plan_cache_mode");
            statement.execute("RESET random_page_cost");
        }
        return plan.toString();
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
