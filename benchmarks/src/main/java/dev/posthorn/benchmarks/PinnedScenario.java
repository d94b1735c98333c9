package dev.posthorn.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.postgres.PostgresWebhookStore;
import dev.posthorn.webhook.spi.SecretCipher;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/**
 * What a reader costs that holds its snapshot open for the whole of a run, so that nothing dead can be cleared away: once
 * without and once with it, events are published and delivered at a steady rate, and then a backlog is worked off.
 */
final class PinnedScenario implements Scenario {
    private static final int PARTS = 5;
    private static final int PER_SECOND = 100;
    private static final int POOL = 10;

    private final int rate;
    private final int seconds;
    private final int backlog;

    /** @param rate events a second, a multiple of 100 */
    PinnedScenario(int rate, int seconds, int backlog) {
        this.rate = rate;
        this.seconds = seconds;
        this.backlog = backlog;
    }

    @Override
    public void run(boolean quick) throws Exception {
        if (quick) {
            new PinnedScenario(rate, 10, 2_000).run(false);
            return;
        }
        try (var server = PostgresServer.start();
                var pool = server.pool(POOL);
                var receiver = new ReceiverProcess()) {
            System.out.printf(
                    "%nPostgreSQL %s, %,d events a second for %d s, then a backlog of %,d, after a backlog that warms up%n",
                    server.ask("SHOW server_version"), rate, seconds, backlog);
            var warmUp = new Node(server, pool, receiver, "warm_up");
            for (int i = 0; i < 3; i++) {
                warmUp.workOff(backlog);
            }
            double without = once(new Node(server, pool, receiver, "free"), "no snapshot held");
            double with;
            try (var reader = DriverManager.getConnection(server.url())) {
                hold(reader);
                with = once(new Node(server, pool, receiver, "pinned"), "a snapshot held");
            }
            System.out.printf(Locale.ROOT, "%nbacklog, with over without: %.2f%n", with / without);
        }
    }

    private static void hold(Connection reader) throws SQLException {
        reader.setAutoCommit(false);
        reader.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        try (var statement = reader.createStatement()) {
            statement.execute("SELECT count(*) FROM pg_class");
        }
    }

    private double once(Node node, String name) throws Exception {
        System.out.printf(
                "%n%s%n%n| after | delivered/s | p50 ms | p99 ms | backend CPU µs each | claims/s | ms a claim |%n|---|---|---|---|---|---|---|%n",
                name);
        try (var webhooks = node.start()) {
            for (int part = 1; part <= PARTS; part++) {
                var before = node.server.counters(node.pool);
                var claimsBefore = Claims.read(node.server);
                node.receiver.reset();
                long start = System.nanoTime();
                int count = publishSteadily(webhooks, rate, seconds / PARTS);
                node.receiver.awaitCount(count);
                double took = (System.nanoTime() - start) / 1e9;
                var stats = node.receiver.stats();
                var claims = Claims.read(node.server).minus(claimsBefore);
                var counters = node.server.counters(node.pool).minus(before);
                System.out.printf(
                        Locale.ROOT,
                        "| %d s | %,.0f | %.1f | %.1f | %.0f | %.1f | %.2f |%n",
                        part * seconds / PARTS,
                        count / took,
                        stats.p50() / 1e3,
                        stats.p99() / 1e3,
                        counters.backendNanos() / 1e3 / count,
                        claims.calls / took,
                        claims.millis / Math.max(1, claims.calls));
            }
        }
        var rates = new double[3];
        var claimsBefore = Claims.read(node.server);
        for (int i = 0; i < rates.length; i++) {
            rates[i] = node.workOff(backlog);
        }
        var claims = Claims.read(node.server).minus(claimsBefore);
        double median = Round.median(rates);
        System.out.printf(
                Locale.ROOT,
                "%nbacklog: %s deliveries/s, %.2f ms a claim; dead tickets %s, indexes of tickets %s%n",
                Round.spread(rates, "%,.0f"),
                claims.millis / Math.max(1, claims.calls),
                node.server.ask("SELECT n_dead_tup FROM pg_stat_all_tables WHERE relid = '%s.posthorn_queue'::regclass"
                        .formatted(node.schema)),
                node.server.ask("SELECT pg_size_pretty(pg_indexes_size('%s.posthorn_queue'))".formatted(node.schema)));
        return median;
    }

    /** So many a second, a few every hundredth of a second. */
    private static int publishSteadily(WebhookDispatcher webhooks, int rate, int seconds) {
        long next = System.nanoTime();
        int published = 0;
        while (published < rate * seconds) {
            while (next - System.nanoTime() > 0) {
                LockSupport.parkNanos(next - System.nanoTime());
            }
            next += 1_000_000_000 / PER_SECOND;
            var batch = events(published, rate / PER_SECOND);
            webhooks.publish(batch);
            published += batch.size();
        }
        return published;
    }

    private static List<WebhookEvent> events(int first, int count) {
        var batch = new ArrayList<WebhookEvent>(count);
        for (int i = 0; i < count; i++) {
            batch.add(Load.event(first + i));
        }
        return batch;
    }

    /** What claims have taken so far, as the server counts. */
    private record Claims(long calls, double millis) {
        static Claims read(PostgresServer server) throws SQLException {
            var parts = server.ask("""
                            SELECT coalesce(sum(calls), 0) || ' ' || coalesce(sum(total_exec_time), 0)
                            FROM pg_stat_statements WHERE query LIKE '%allowance%'
                            """).split(" ", -1);
            return new Claims(Long.parseLong(parts[0]), Double.parseDouble(parts[1]));
        }

        Claims minus(Claims before) {
            return new Claims(calls - before.calls, millis - before.millis);
        }
    }

    /** A store with subscriptions, and dispatchers on it. */
    private static final class Node {
        final PostgresServer server;
        final HikariDataSource pool;
        final ReceiverProcess receiver;
        final String schema;
        private final PostgresWebhookStore store;

        Node(PostgresServer server, HikariDataSource pool, ReceiverProcess receiver, String schema) {
            this.server = server;
            this.pool = pool;
            this.receiver = receiver;
            this.schema = schema;
            store = PostgresWebhookStore.builder(pool, SecretCipher.secretsInTheClear())
                    .schema(schema)
                    .build();
            try (var webhooks = dispatcher()) {
                for (int i = 0; i < Load.URLS; i++) {
                    webhooks.subscriptions()
                            .create(NewSubscription.to(receiver.url(Load.path(i)))
                                    .eventTypes(Load.type(i)));
                }
            }
        }

        private WebhookDispatcher dispatcher() {
            return WebhookDispatcher.builder(store)
                    .transport(Benchmarks.socketTransport())
                    .maxInFlight(Load.IN_FLIGHT)
                    .build();
        }

        WebhookDispatcher start() {
            var webhooks = dispatcher();
            webhooks.start();
            return webhooks;
        }

        /** How many a second are delivered of so many that wait when a node starts. */
        double workOff(int count) {
            receiver.reset();
            try (var webhooks = dispatcher()) {
                for (int n = 0; n < count; n += StoreRound.BATCH) {
                    webhooks.publish(events(n, StoreRound.BATCH));
                }
                long start = System.nanoTime();
                webhooks.start();
                receiver.awaitCount(count);
                double seconds = (System.nanoTime() - start) / 1e9;
                webhooks.close(Duration.ofSeconds(20));
                return count / seconds;
            }
        }
    }
}
