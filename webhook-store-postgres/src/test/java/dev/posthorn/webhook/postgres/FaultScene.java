package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.tck.RecordingReceiver;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** A node that delivers to a receiver, on a server with which something will be wrong, and what must hold all the same. */
final class FaultScene implements AutoCloseable {
    private static final int MOST_DEADLOCKS = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    final String schema = TestDatabase.newSchema();
    final String applicationName = "faults_" + schema;
    final RecordingReceiver receiver = RecordingReceiver.start();
    final HikariDataSource pool;
    final WebhookDispatcher webhooks;
    private final String url;
    private final Set<UUID> accepted = new HashSet<>();

    private FaultScene(String url, Map<String, String> settings) {
        this.url = url;
        try (var plain = pool(Map.of())) {
            PostgresWebhookStore.builder(plain, TestDatabase.KEYS)
                    .schema(schema)
                    .build();
        }
        pool = pool(settings);
        webhooks = dispatcher(pool);
        webhooks.subscriptions().create(NewSubscription.to(receiver.url("/hook")));
        webhooks.start();
    }

    /** On the server that tests share. */
    static FaultScene create() {
        return create(TestDatabase.url(), Map.of());
    }

    /** @param settings of the server, for the node's connections */
    static FaultScene create(String url, Map<String, String> settings) {
        return new FaultScene(url, settings);
    }

    HikariDataSource pool(Map<String, String> settings) {
        var config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(6);
        config.setConnectionTimeout(500);
        config.addDataSourceProperty("ApplicationName", applicationName);
        config.addDataSourceProperty(
                "options",
                settings.entrySet().stream()
                        .map(setting -> "-c " + setting.getKey() + "="
                                + setting.getValue().replace(" ", "\\ "))
                        .collect(Collectors.joining(" ")));
        return new HikariDataSource(config);
    }

    WebhookDispatcher dispatcher(HikariDataSource dataSource) {
        return WebhookDispatcher.builder(PostgresWebhookStore.builder(dataSource, TestDatabase.KEYS)
                        .schema(schema)
                        .leaveTables()
                        .build())
                .transport(SocketTransport.builder()
                        .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                        .build())
                .timeout(Duration.ofSeconds(2))
                .lease(Duration.ofSeconds(8))
                .pollInterval(Duration.ofMillis(100))
                .retry(RetryPolicy.exponential(Duration.ofMillis(100), 2, Duration.ofSeconds(1), 50))
                .build();
    }

    static WebhookEvent event() {
        return WebhookEvent.json("order.created", Map.of("order", 1));
    }

    /** Publishes an event, which will have to arrive. */
    void publish() {
        publish(event());
    }

    void publish(WebhookEvent event) {
        accept(webhooks.publish(event));
    }

    /** What was published otherwise will have to arrive too. */
    void accept(PublishReceipt receipt) {
        accepted.addAll(receipt.deliveryIds());
    }

    /** Publishes an event, which will have to arrive unless it was refused for now. */
    void tryToPublish() {
        tryToPublish(event());
    }

    void tryToPublish(WebhookEvent event) {
        try {
            publish(event);
        } catch (StoreException told) {
            assertThat(told.isTransient()).as(told.getMessage()).isTrue();
        }
    }

    int accepted() {
        return accepted.size();
    }

    void assertPublishFailsForNow(String saying) {
        assertPublishFailsForNow(event(), saying);
    }

    void assertPublishFailsForNow(WebhookEvent event, String saying) {
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> publish(event))
                .satisfies(problem -> assertThat(problem.isTransient()).isTrue())
                .withMessageContaining(saying);
    }

    /** Waits until health tells of trouble with these words. */
    void awaitTrouble(String saying) {
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(webhooks.health().parts()).anySatisfy(part -> {
                    assertThat(part.status()).isNotEqualTo(Health.Status.UP);
                    assertThat(part.detail()).contains(saying);
                }));
    }

    /** Waits until all that was accepted has succeeded, nothing waits any more, and health tells of no trouble. */
    void awaitRecovery() {
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(webhooks.health().parts())
                        .filteredOn(part -> part.status() != Health.Status.UP)
                        .isEmpty());
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(accepted).allMatch(this::hasSucceeded));
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(number("SELECT count(*) FROM %s.posthorn_queue WHERE visible_at > 'epoch'"))
                                .isZero());
        assertThat(accepted).isNotEmpty();
    }

    private boolean hasSucceeded(UUID delivery) {
        return webhooks.deliveries().get(delivery).orElseThrow().delivery().status() == DeliveryStatus.SUCCEEDED;
    }

    /**
     * Runs a statement as somebody else than the node. Triggers come and go on tables that nodes write to: where both
     * wait for each other, this is done once more.
     */
    void execute(String sql) throws SQLException {
        for (int deadlocks = 0; ; deadlocks++) {
            try (var connection = DriverManager.getConnection(url);
                    var statement = connection.createStatement()) {
                statement.execute(sql.formatted(schema));
                return;
            } catch (SQLException problem) {
                if (!"40P01".equals(problem.getSQLState()) || deadlocks == MOST_DEADLOCKS) {
                    throw problem;
                }
            }
        }
    }

    long number(String sql) throws SQLException {
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement();
                var result = statement.executeQuery(sql.formatted(schema))) {
            result.next();
            return result.getLong(1);
        }
    }

    /** Ends every connection of the node, as an administrator can. */
    void killConnections() throws SQLException {
        execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '" + applicationName
                + "'");
    }

    @Override
    public void close() {
        webhooks.close(Duration.ofSeconds(5));
        pool.close();
        receiver.close();
    }
}
