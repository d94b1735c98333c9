package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.spi.WebhookStore;
import dev.posthorn.webhook.tck.Samples;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Plans that were made, and are kept, for tables that vacuum knows to be empty. A node that has been idle has such plans when
 * the rush comes, and every node has them at midnight, when the day's tables are new: statements must find rows by their keys
 * whatever was believed of the tables.
 */
class StalePlansTest {
    private static final int BATCH = 500;
    private static final int TICKETS = 20_000;

    private final Samples samples = new Samples(Instant::now);
    private final String schema = TestDatabase.newSchema();

    /**
     * Tells how the tables came to be known as empty, and what the server thinks of reading here and there.
     *
     * @param look after all that was in the queue is gone; without vacuum, its dead rows remain
     * @param pageCost 4 is the default, 1.1 usual for solid state disks
     */
    @ParameterizedTest
    @CsvSource({"VACUUM ANALYZE, 4", "VACUUM ANALYZE, 1.1", "ANALYZE, 4", "ANALYZE, 1.1"})
    void plansMadeForEmptyTablesDoNotReadTheWholeOfFullOnes(String look, String pageCost) throws SQLException {
        try (var keepingPlans = keepingPlans(pageCost)) {
            var store = PostgresWebhookStore.builder(keepingPlans, TestDatabase.KEYS)
                    .schema(schema)
                    .build();
            var stored = samples.subscription();
            store.subscriptions().insert(stored);
            var subscription = stored.subscription().id();
            var deliveries = store.deliveries();
            // The first makes the day's tables.
            deliveries.append(List.of(samples.publication(samples.event(), samples.ticket(subscription))));
            fill();
            // What was found out of a full queue is believed of an empty one too: that it is in the order of its times,
            // say.
            look("ANALYZE");
            execute("DELETE FROM %s.posthorn_queue WHERE visible_at > 'epoch'");
            execute("DELETE FROM %s.posthorn_attempt");
            look(look);

            for (int i = 0; i < 4; i++) {
                deliveries.append(List.of(samples.publication(samples.event(), samples.ticket(subscription))));
            }
            everything(keepingPlans, store, subscription, 4);

            fill();
            flush(keepingPlans);
            var before = rowsRead();
            long entriesBefore = entriesRead();
            everything(keepingPlans, store, subscription, BATCH);
            flush(keepingPlans);
            var after = rowsRead();
            assertThat(after).as("rows that were read without an index").isEqualTo(before);
            assertThat(entriesRead() - entriesBefore)
                    .as("entries of indexes that were read for %s deliveries beside %s tickets", BATCH, TICKETS)
                    .isLessThan(TICKETS);
        }
    }

    /** Claims so many, loads them, and records or settles each in one of the ways there are. */
    private void work(DeliveryStore deliveries, DeliveryQueue queue, int count) {
        var leases = queue.claim(new ClaimRequest(count, Duration.ofMinutes(1), count, Map.of()))
                .leases();
        assertThat(leases).hasSize(count);
        var ready = deliveries.load(leases, Long.MAX_VALUE).ready();
        assertThat(ready).hasSize(count);
        var outcomes = new ArrayList<DeliveryOutcome>();
        var settlements = new ArrayList<Settlement>();
        for (int i = 0; i < count; i++) {
            var each = ready.get(i);
            UUID id = each.lease().deliveryId();
            switch (i % 4) {
                case 0 ->
                    outcomes.add(DeliveryOutcome.succeeded(each.lease(), each.version(), samples.succeeded(id, 1)));
                case 1 ->
                    outcomes.add(DeliveryOutcome.retry(
                            each.lease(), each.version(), samples.rejected(id, 1), Duration.ofHours(1)));
                case 2 -> settlements.add(new Settlement.Done(each.lease()));
                default -> settlements.add(new Settlement.Again(each.lease(), Duration.ofHours(1)));
            }
        }
        deliveries.record(outcomes);
        assertThat(queue.settle(settlements)).isEmpty();
        assertThat(deliveries.attempts(leases.get(0).deliveryId())).isNotEmpty();
    }

    /** Works on so many, and looks for what there is. */
    private void everything(DataSource dataSource, WebhookStore store, UUID subscription, int count)
            throws SQLException {
        var queue = store.queue().orElseThrow();
        work(store.deliveries(), queue, count);
        queue.count(List.of(subscription), count);
        queue.countEach(List.of(subscription), count);
        queue.remove(List.of(samples.id()));
        store.deliveries().aged(Duration.ofDays(1), null, count);
        // As a claim does that is obstructed.
        var names = new Names(schema, "posthorn_");
        new LaneWalk(new Database(dataSource, names, TimeSource.system())).next(LaneWalk.BEGINNING);
    }

    /** A pool of one connection, each of whose statements is planned once, without a look at its parameters. */
    private static HikariDataSource keepingPlans(String pageCost) {
        var config = new HikariConfig();
        config.setJdbcUrl(TestDatabase.url());
        config.addDataSourceProperty("prepareThreshold", "1");
        config.addDataSourceProperty(
                "options", "-c plan_cache_mode=force_generic_plan -c random_page_cost=" + pageCost);
        config.setMaximumPoolSize(1);
        return new HikariDataSource(config);
    }

    private void fill() throws SQLException {
        execute("""
                INSERT INTO %1$s.posthorn_delivery
                SELECT (substr(id::text, 1, 14) || substr(gen_random_uuid()::text, 15))::uuid, event_id,
                    subscription_id, tenant, event_type, 'PENDING', NULL, 1, 0, 0,
                    first_due_at, first_due_at, created_at, NULL
                FROM (SELECT * FROM %1$s.posthorn_delivery LIMIT 1) one, generate_series(1, %2$d)
                """);
        execute("""
                INSERT INTO %1$s.posthorn_queue (delivery_id, subscription_id, visible_at)
                SELECT id, subscription_id, now() - interval '5 s' + row_number() OVER () * interval '0.1 ms'
                FROM %1$s.posthorn_delivery WHERE status = 'PENDING' ON CONFLICT DO NOTHING
                """);
        execute("""
                INSERT INTO %1$s.posthorn_attempt
                    (id, delivery_id, number, started_at, duration_nanos, url, subscription_version, outcome)
                SELECT (substr(id::text, 1, 14) || substr(gen_random_uuid()::text, 15))::uuid, id, 1, now(), 1, '', 1, 'SUCCEEDED'
                FROM %1$s.posthorn_delivery
                """);
        // Of other subscriptions, and not due.
        execute("""
                INSERT INTO %s.posthorn_queue (delivery_id, subscription_id, visible_at)
                SELECT gen_random_uuid(), gen_random_uuid(), now() + interval '1 day' FROM generate_series(1, 600)
                """);
    }

    /** Has the server count what was read on this connection until now. */
    private static void flush(DataSource dataSource) throws SQLException {
        try (var connection = dataSource.getConnection();
                var statement = connection.createStatement()) {
            statement.execute("SELECT pg_stat_force_next_flush()");
        }
    }

    /** How many rows were read of each table by reading it as a whole. */
    private Map<String, Long> rowsRead() throws SQLException {
        var rows = new TreeMap<String, Long>();
        try (var connection = TestDatabase.autoCommitting().getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery("""
                        SELECT relname, seq_tup_read FROM pg_stat_user_tables
                        WHERE schemaname = '%s' AND relname ~ 'queue|delivery|event|attempt'
                        """.formatted(schema))) {
            while (result.next()) {
                rows.put(result.getString(1), result.getLong(2));
            }
        }
        return rows;
    }

    /** How many entries of indexes were read. */
    private long entriesRead() throws SQLException {
        try (var connection = TestDatabase.autoCommitting().getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery(
                        "SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE schemaname = '" + schema + "'")) {
            result.next();
            return result.getLong(1);
        }
    }

    private void look(String command) throws SQLException {
        var tables = new ArrayList<String>();
        try (var connection = TestDatabase.autoCommitting().getConnection();
                var statement = connection.createStatement()) {
            try (var result =
                    statement.executeQuery("SELECT tablename FROM pg_tables WHERE schemaname = '" + schema + "'")) {
                while (result.next()) {
                    tables.add(schema + "." + result.getString(1));
                }
            }
            statement.execute(command + " " + String.join(", ", tables));
        }
    }

    private void execute(String sql) throws SQLException {
        try (var connection = TestDatabase.autoCommitting().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql.formatted(schema, TICKETS));
            statement.execute("SELECT pg_stat_force_next_flush()");
        }
    }
}
