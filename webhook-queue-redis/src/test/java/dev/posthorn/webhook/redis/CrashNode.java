package dev.posthorn.webhook.redis;

import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.spi.WebhookStore;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;
import java.io.IOException;
import java.time.Duration;
import org.awaitility.Awaitility;

/** A node in a process of its own, to be killed. */
final class CrashNode {
    static final int MAX_IN_FLIGHT = 16;
    static final int BATCH = 50;
    static final Duration LEASE = Duration.ofSeconds(7);

    private CrashNode() {}

    /**
     * Delivers until it is killed.
     *
     * @param args the JDBC URL, the schema, and Redis as {@link TestRedis#queue} takes it
     */
    public static void main(String[] args) throws IOException {
        var webhooks = dispatcher(TestPostgres.store(TestPostgres.pool(args[0]), args[1]), openQueue(args[2]));
        webhooks.start();
        System.out.println("started");
        while (System.in.read() >= 0) {
            // Ends with the test, however that ends.
        }
        Runtime.getRuntime().halt(0);
    }

    /** Redis may just be away. */
    private static RedisDeliveryQueue openQueue(String redis) {
        return Awaitility.await()
                .atMost(Duration.ofMinutes(5))
                .ignoreExceptions()
                .until(() -> TestRedis.queue(redis), queue -> true);
    }

    static WebhookDispatcher dispatcher(WebhookStore store, RedisDeliveryQueue queue) {
        return WebhookDispatcher.builder(store)
                .queue(queue)
                .transport(SocketTransport.builder()
                        .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                        .build())
                .maxInFlight(MAX_IN_FLIGHT)
                .batchSize(BATCH)
                .timeout(Duration.ofSeconds(2))
                .lease(LEASE)
                .pollInterval(Duration.ofMillis(200))
                .retry(RetryPolicy.exponential(Duration.ofMillis(200), 2, Duration.ofSeconds(2), 50))
                .build();
    }
}
