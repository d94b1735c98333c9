package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.tck.RecordingReceiver;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What goes wrong between a node and its database heals by itself, and is told meanwhile. */
@Timeout(120)
class FaultsTest {
    private static final String NAME = "faults_" + TestDatabase.newSchema();

    private final String schema = TestDatabase.newSchema();
    private final RecordingReceiver receiver = RecordingReceiver.start();
    private final HikariDataSource pool = pool("");
    private final WebhookDispatcher webhooks = dispatcher(pool);

    private static HikariDataSource pool(String initSql) {
        var config = new HikariConfig();
        config.setJdbcUrl(TestDatabase.url());
        config.setMaximumPoolSize(4);
        config.setConnectionTimeout(500);
        config.addDataSourceProperty("ApplicationName", NAME);
        if (!initSql.isEmpty()) {
            config.setConnectionInitSql(initSql);
        }
        return new HikariDataSource(config);
    }

    private WebhookDispatcher dispatcher(HikariDataSource dataSource) {
        return WebhookDispatcher.builder(PostgresWebhookStore.builder(dataSource, TestDatabase.KEYS)
                        .schema(schema)
                        .build())
                .transport(SocketTransport.builder()
                        .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                        .build())
                .timeout(Duration.ofSeconds(2))
                .lease(Duration.ofSeconds(8))
                .retry(RetryPolicy.exponential(Duration.ofMillis(100), 2, Duration.ofSeconds(1), 20))
                .build();
    }

    @AfterEach
    void close() {
        webhooks.close(Duration.ofSeconds(5));
        pool.close();
        receiver.close();
    }

    private static WebhookEvent event() {
        return WebhookEvent.json("order.created", Map.of("order", 1));
    }

    @Test
    void connectionsThatAreKilledAllTheTimeLoseNothing() throws SQLException {
        webhooks.start();
        webhooks.subscriptions().create(NewSubscription.to(receiver.url("/hook")));
        Set<String> acknowledged = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            if (i % 20 == 10) {
                killConnections();
            }
            try {
                acknowledged.add(webhooks.publish(event()).eventId().toString());
            } catch (StoreException told) {
                assertThat(told.isTransient()).isTrue();
            }
        }

        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> receiver.requests().stream()
                        .map(request -> request.header("webhook-id").orElseThrow())
                        .collect(Collectors.toSet())
                        .containsAll(acknowledged));
        assertThat(acknowledged).hasSizeGreaterThan(100);
        awaitStore(Health.Status.UP);
    }

    @Test
    void aPoolWithoutFreeConnectionsIsToldAndPasses() throws SQLException {
        webhooks.start();
        webhooks.subscriptions().create(NewSubscription.to(receiver.url("/hook")));
        webhooks.publish(event());
        receiver.await(1);
        var held = new ArrayList<Connection>();
        try {
            while (held.size() < 4) {
                try {
                    held.add(pool.getConnection());
                } catch (SQLException taken) {
                    // A node's thread has it for a moment.
                }
            }

            assertThatExceptionOfType(StoreException.class)
                    .isThrownBy(() -> webhooks.publish(event()))
                    .satisfies(problem -> assertThat(problem.isTransient()).isTrue())
                    .withMessageContaining("Connection is not available");
            Awaitility.await().until(() -> storeStatus() != Health.Status.UP);
        } finally {
            for (var connection : held) {
                connection.close();
            }
        }

        webhooks.publish(event());
        receiver.await(2);
        awaitStore(Health.Status.UP);
    }

    @Test
    void aServerThatIsReadOnlyRefusesForNow() {
        try (var readOnly = pool("SET default_transaction_read_only = on");
                var other = WebhookDispatcher.builder(PostgresWebhookStore.builder(readOnly, TestDatabase.KEYS)
                                .schema(schema)
                                .leaveTables()
                                .build())
                        .build()) {
            webhooks.subscriptions().create(NewSubscription.to(receiver.url("/hook")));
            assertThatExceptionOfType(StoreException.class)
                    .isThrownBy(() -> other.publish(event()))
                    .satisfies(problem -> assertThat(problem.isTransient()).isTrue())
                    .withMessageContaining("read-only");
        }
    }

    private Health.Status storeStatus() {
        return webhooks.health().parts().stream()
                .filter(part -> part.name().equals("store"))
                .findFirst()
                .orElseThrow()
                .status();
    }

    private void awaitStore(Health.Status status) {
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> storeStatus() == status);
    }

    private static void killConnections() throws SQLException {
        try (var connection = TestDatabase.autoCommitting().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '" + NAME + "'");
        }
    }
}
