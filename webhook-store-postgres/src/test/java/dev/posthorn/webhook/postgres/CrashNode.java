package dev.posthorn.webhook.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;
import java.io.IOException;
import java.time.Duration;

/** A node in a process of its own, to be killed. */
final class CrashNode {
    static final int MAX_IN_FLIGHT = 16;
    static final int BATCH = 50;

    private CrashNode() {}

    /**
     * Delivers until it is killed.
     *
     * @param args the JDBC URL and the schema
     */
    public static void main(String[] args) throws IOException {
        var webhooks = dispatcher(store(args[0], args[1]));
        webhooks.start();
        System.out.println("started");
        while (System.in.read() >= 0) {
            // Ends with the test, however that ends.
        }
        Runtime.getRuntime().halt(0);
    }

    static PostgresWebhookStore store(String url, String schema) {
        var config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(8);
        config.setConnectionTimeout(2_000);
        config.setInitializationFailTimeout(-1);
        return PostgresWebhookStore.builder(new HikariDataSource(config), TestDatabase.KEYS)
                .schema(schema)
                .leaveTables()
                .build();
    }

    static WebhookDispatcher dispatcher(PostgresWebhookStore store) {
        return WebhookDispatcher.builder(store)
                .transport(SocketTransport.builder()
                        .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                        .build())
                .maxInFlight(MAX_IN_FLIGHT)
                .batchSize(BATCH)
                .timeout(Duration.ofSeconds(2))
                .lease(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(200))
                .retry(RetryPolicy.exponential(Duration.ofMillis(200), 2, Duration.ofSeconds(2), 50))
                .build();
    }
}
