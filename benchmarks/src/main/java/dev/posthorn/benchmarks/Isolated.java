package dev.posthorn.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.postgres.PostgresWebhookStore;
import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.spi.WebhookStore;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A store in a schema of its own, whose dispatchers are measured for what some endpoints do to others. */
final class Isolated {
    private static final int BATCH = 500;

    private final PostgresServer server;
    private final String schema;
    private final TimedClaims store;

    Isolated(PostgresServer server, HikariDataSource pool, String schema) {
        this.server = server;
        this.schema = schema;
        store = new TimedClaims(store(pool, schema));
    }

    static WebhookStore store(HikariDataSource pool, String schema) {
        return PostgresWebhookStore.builder(pool, SecretCipher.secretsInTheClear())
                .schema(schema)
                .build();
    }

    String schema() {
        return schema;
    }

    /** One that has not been started. */
    WebhookDispatcher dispatcher() {
        return WebhookDispatcher.builder(store)
                .transport(Benchmarks.socketTransport())
                .build();
    }

    /** Subscribes this URL to {@link Load#type} number {@code n}. */
    static void subscribe(WebhookDispatcher webhooks, String url, int n) {
        webhooks.subscriptions().create(NewSubscription.to(url).eventTypes(Load.type(n)));
    }

    /** Deliveries to the healthy ones as fast as they go, until everything that is measured has been compiled. */
    void warmUp(ReceiverProcess receiver, int count, int firstHealthy) {
        try (var webhooks = dispatcher()) {
            webhooks.start();
            receiver.reset();
            for (int n = 0; n < count; n += BATCH) {
                var batch = new ArrayList<WebhookEvent>(BATCH);
                for (int i = n; i < Math.min(count, n + BATCH); i++) {
                    batch.add(Load.event(firstHealthy + i % (Load.URLS - firstHealthy)));
                }
                webhooks.publish(batch);
            }
            receiver.awaitCount(count);
        }
        System.out.printf("warmed up with %,d deliveries%n", count);
    }

    /**
     * One side of a round, with a dispatcher of its own, which knows nothing of the rounds before. The connections to all
     * healthy endpoints are made before it counts.
     *
     * @param first events to this type and those after it in turn
     */
    QuietAndLoaded.Side side(ReceiverProcess receiver, int first, int firstHealthy, int perSecond, Duration length)
            throws InterruptedException {
        try (var webhooks = dispatcher()) {
            webhooks.start();
            receiver.reset();
            int begun = Pace.run(
                    perSecond,
                    Duration.ofSeconds(2),
                    (n, dueAt) -> webhooks.publish(Load.event(firstHealthy + n % (Load.URLS - firstHealthy), dueAt)));
            receiver.awaitCount(begun);
            receiver.reset();
            store.take();
            int count = Pace.run(
                    perSecond,
                    length,
                    (n, dueAt) -> webhooks.publish(Load.event(first + n % (Load.URLS - first), dueAt)));
            int healthy = 0;
            for (int n = 0; n < count; n++) {
                healthy += first + n % (Load.URLS - first) >= firstHealthy ? 1 : 0;
            }
            receiver.awaitCount(healthy);
            var side = QuietAndLoaded.Side.of(receiver.stats(), store.take());
            webhooks.close(Duration.ZERO);
            return side;
        }
    }

    /** Takes what waits for these subscriptions off the queue, so that the next round does not find it. */
    void forget(List<String> urls) throws SQLException {
        server.execute("""
                DELETE FROM %1$s.posthorn_queue q USING %1$s.posthorn_subscription s
                WHERE s.id = q.subscription_id AND s.settings->>'url' IN (%2$s)
                """.formatted(schema, "'" + String.join("','", urls) + "'"));
    }
}
