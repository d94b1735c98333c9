package dev.posthorn.examples;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.SecretKeys;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.WebhookListener;
import dev.posthorn.webhook.postgres.PostgresWebhookStore;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;
import java.sql.SQLException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;

/** How do I publish an event in PostgreSQL, in the same transaction as the order that it tells of? */
public final class OrderAndEvent {
    private final DataSource dataSource;
    private final PostgresWebhookStore store;
    private final WebhookDispatcher webhooks;

    private OrderAndEvent(DataSource dataSource, PostgresWebhookStore store, WebhookDispatcher webhooks) {
        this.dataSource = dataSource;
        this.store = store;
        this.webhooks = webhooks;
    }

    /**
     * Takes a JDBC URL, such as {@code jdbc:postgresql://localhost/shop?user=me&password=secret}, and the endpoint's, by
     * default {@code http://127.0.0.1:9000/}, and ends when the event has been delivered. The variable {@code SECRET_KEYS}
     * has the keys that secrets are encrypted with.
     */
    public static void main(String[] args) throws InterruptedException, SQLException {
        run(args[0], args.length == 1 ? "http://127.0.0.1:9000/" : args[1], System.getenv("SECRET_KEYS"));
    }

    static void run(String jdbcUrl, String endpoint, String secretKeys) throws InterruptedException, SQLException {
        var config = new HikariConfig();
        config.setJdbcUrl(jdbcUrl);
        try (var dataSource = new HikariDataSource(config)) {
            var keys = SecretKeys.parse(secretKeys); // main:<base64 of 32 bytes>
            var store = PostgresWebhookStore.create(dataSource, keys);
            var delivered = new CountDownLatch(1);
            try (var webhooks = WebhookDispatcher.builder(store)
                    // Only public addresses may be called unless others are allowed.
                    .transport(SocketTransport.builder()
                            .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                            .build())
                    .listener(new Delivered(delivered))
                    .build()) {
                webhooks.start();
                webhooks.subscriptions().create(NewSubscription.to(endpoint).eventTypes("order.*"));
                new OrderAndEvent(dataSource, store, webhooks).order(42);
                delivered.await();
            }
        }
    }

    /** The order and the event are both there, or neither is. */
    private void order(int id) throws SQLException {
        try (var connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            try (var statement = connection.createStatement()) {
                statement.execute("CREATE TABLE IF NOT EXISTS orders (id integer PRIMARY KEY)");
                statement.execute("INSERT INTO orders VALUES (" + id + ") ON CONFLICT DO NOTHING");
            }
            var publisher = webhooks.publisher(store.joining(connection));
            publisher.publish(WebhookEvent.json("order.created", Map.of("order", id)));
            connection.commit();
            publisher.committed(); // it is sent at once; without this, within the poll interval of a second
        }
    }

    private record Delivered(CountDownLatch latch) implements WebhookListener {
        @Override
        public void deliverySucceeded(UUID deliveryId, UUID subscriptionId, Attempt attempt) {
            System.out.println("delivered to " + attempt.url() + " by attempt " + attempt.number());
            latch.countDown();
        }
    }
}
