package dev.posthorn.benchmarks;

import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.postgres.PostgresWebhookStore;
import dev.posthorn.webhook.redis.RedisDeliveryQueue;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.OutsideQueue;
import dev.posthorn.webhook.spi.PublicationLog;
import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.spi.WebhookStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Posthorn, by its defaults but for the number in flight. */
final class PosthornContender extends Contender {
    private static final int CONNECTIONS = 20;

    private final WebhookStore store;
    private final @Nullable OutsideQueue outside;
    private final DeliveryQueue queue;
    /** Into a transaction of the host's, where the store can be in one. */
    private final @Nullable Function<Connection, PublicationLog> joining;

    private final AutoCloseable last;
    private WebhookDispatcher webhooks;

    /** @param schema where its tables are; {@code null} for a store in memory */
    private PosthornContender(
            String name,
            PostgresServer server,
            @Nullable String schema,
            ReceiverProcess receiver,
            @Nullable OutsideQueue outside,
            AutoCloseable last)
            throws SQLException {
        super(name, server, CONNECTIONS);
        var postgres = schema == null ? null : postgres(schema, outside != null);
        store = postgres == null ? InMemoryWebhookStore.create() : postgres;
        joining = postgres == null ? null : postgres::joining;
        this.outside = outside;
        queue = outside == null ? store.queue().orElseThrow() : outside;
        this.last = last;
        webhooks = dispatcher();
        for (int i = 0; i < Load.MOST_URLS; i++) {
            webhooks.subscriptions()
                    .create(NewSubscription.to(receiver.url(Load.path(i))).eventTypes(Load.typeOf(i)));
        }
    }

    static PosthornContender onPostgres(PostgresServer server, ReceiverProcess receiver) throws SQLException {
        return new PosthornContender("Posthorn", server, "posthorn", receiver, null, () -> {});
    }

    /** With a Redis of its own, which is gone when it is closed. */
    static PosthornContender onPostgresAndRedis(PostgresServer server, ReceiverProcess receiver) throws Exception {
        var redis = RedisProcess.start();
        var client = redis.client();
        var queue = RedisDeliveryQueue.create(client);
        return new PosthornContender("Posthorn, queue in Redis", server, "redis_queue", receiver, queue, () -> {
            client.close();
            redis.close();
        });
    }

    /** Nothing is durable, and nothing of it is in the host's transaction: what the engine can do without a database. */
    static PosthornContender inMemory(PostgresServer server, ReceiverProcess receiver) throws SQLException {
        return new PosthornContender("Posthorn, in memory", server, null, receiver, null, () -> {});
    }

    private PostgresWebhookStore postgres(String schema, boolean isQueueOutside) {
        var builder = PostgresWebhookStore.builder(pool, SecretCipher.secretsInTheClear())
                .schema(schema);
        return (isQueueOutside ? builder.withoutQueue() : builder).build();
    }

    private WebhookDispatcher dispatcher() {
        var builder = WebhookDispatcher.builder(store)
                .transport(Benchmarks.socketTransport())
                // As it is by default, unless it is to be seen what a claim that finds nothing costs.
                .pollInterval(Duration.ofMillis(Integer.getInteger("posthorn.benchmark.poll", 1_000)))
                .maxInFlight(Load.IN_FLIGHT);
        return (outside == null ? builder : builder.queue(outside)).build();
    }

    @Override
    void publish(Connection host, int first, int count, long at) {
        throw new UnsupportedOperationException("it is to be told of the commit");
    }

    @Override
    void publish(int first, int count, long at) {
        webhooks.publish(events(first, count, at));
    }

    @Override
    void publishWithOrder(int n) throws Exception {
        if (joining == null) {
            inTransaction(Contender::insertOrder);
            publish(n, 1, System.nanoTime());
            return;
        }
        try (var connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            try {
                insertOrder(connection);
                var publisher = webhooks.publisher(joining.apply(connection));
                publisher.publish(events(n, 1, System.nanoTime()));
                connection.commit();
                publisher.committed();
            } finally {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        }
    }

    private static List<WebhookEvent> events(int first, int count, long at) {
        var events = new ArrayList<WebhookEvent>(count);
        for (int n = first; n < first + count; n++) {
            events.add(Load.event(n, at));
        }
        return events;
    }

    @Override
    void start() {
        webhooks.start();
    }

    /** One that is closed delivers no more; the next one only publishes until it is started. */
    @Override
    void stop() {
        webhooks.close(Duration.ofSeconds(20));
        webhooks = dispatcher();
    }

    @Override
    long countWaiting() throws SQLException {
        return joining != null && outside == null
                ? super.countWaiting()
                : queue.stats().tickets();
    }

    @Override
    String waiting() {
        return "SELECT count(*) FROM posthorn.posthorn_queue WHERE visible_at > 'epoch'";
    }

    @Override
    public void close() {
        webhooks.close(Duration.ZERO);
        try {
            last.close();
        } catch (Exception problem) {
            throw new IllegalStateException(problem);
        }
        super.close();
    }
}
