package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.tck.RecordingReceiver;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Publishing in the host's transaction: the event is there exactly if the host's own row is. */
@Timeout(60)
@ParameterizedClass
@ValueSource(booleans = {true, false})
class JoinedPublishTest {
    private final DataSource database;
    private final String schema = TestDatabase.newSchema();
    private final PostgresWebhookStore store;
    private final RecordingReceiver receiver = RecordingReceiver.start();
    private final WebhookDispatcher webhooks;
    private UUID subscription;

    JoinedPublishTest(boolean autoCommit) {
        database = autoCommit ? TestDatabase.autoCommitting() : TestDatabase.notAutoCommitting();
        store = PostgresWebhookStore.builder(database, TestDatabase.KEYS)
                .schema(schema)
                .build();
        webhooks = WebhookDispatcher.builder(store)
                .transport(SocketTransport.builder()
                        .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                        .build())
                .build();
    }

    @BeforeEach
    void start() throws SQLException {
        try (var connection = begin()) {
            execute(connection, "CREATE TABLE %s.business (id integer PRIMARY KEY)");
            connection.commit();
        }
        webhooks.start();
        subscription = webhooks.subscriptions()
                .create(NewSubscription.to(receiver.url("/hook")))
                .subscription()
                .id();
    }

    @AfterEach
    void close() {
        webhooks.close(Duration.ofSeconds(5));
        receiver.close();
    }

    private Connection begin() throws SQLException {
        var connection = database.getConnection();
        connection.setAutoCommit(false);
        return connection;
    }

    private UUID publish(Connection connection) {
        return webhooks.publisher(store.joining(connection))
                .publish(event())
                .deliveryIds()
                .get(0);
    }

    private static WebhookEvent event() {
        return WebhookEvent.json("order.created", Map.of("order", 1));
    }

    @Test
    void itIsDeliveredAtOnceAfterTheCommitAndAWakeUp() throws SQLException {
        UUID delivery;
        try (var connection = begin()) {
            execute(connection, "INSERT INTO %s.business VALUES (1)");
            delivery = publish(connection);
            assertThat(webhooks.deliveries().get(delivery)).isEmpty();
            connection.commit();
        }
        webhooks.wake();

        receiver.await(1);
        awaitSucceeded(delivery);
    }

    @Test
    void itIsFoundWithoutAWakeUpToo() throws SQLException {
        UUID delivery;
        try (var connection = begin()) {
            delivery = publish(connection);
            connection.commit();
        }

        awaitSucceeded(delivery);
    }

    @Test
    void nothingStaysOfWhatIsRolledBackInMemoryNeither() throws SQLException {
        UUID delivery;
        try (var connection = begin()) {
            execute(connection, "INSERT INTO %s.business VALUES (1)");
            delivery = publish(connection);
            webhooks.wake();
            connection.rollback();
        }
        webhooks.wake();
        var other = webhooks.publish(event()).deliveryIds().get(0);

        awaitSucceeded(other);
        assertThat(receiver.requests()).hasSize(1);
        assertThat(webhooks.deliveries().get(delivery)).isEmpty();
        assertThat(count("posthorn_queue WHERE visible_at > 'epoch'")).isZero();
        assertThat(count("business")).isZero();
    }

    @Test
    void whatIsRolledBackToASavepointIsGoneAndTheRestIsThere() throws SQLException {
        UUID kept;
        UUID undone;
        try (var connection = begin()) {
            kept = publish(connection);
            var savepoint = connection.setSavepoint();
            undone = publish(connection);
            connection.rollback(savepoint);
            connection.commit();
        }
        webhooks.wake();

        awaitSucceeded(kept);
        assertThat(webhooks.deliveries().get(undone)).isEmpty();
        assertThat(receiver.requests()).hasSize(1);
    }

    @Test
    void whatIsLostWithItsConnectionIsNotThere() throws SQLException {
        UUID delivery;
        try (var connection = begin()) {
            execute(connection, "INSERT INTO %s.business VALUES (1)");
            delivery = publish(connection);
            try (var statement = connection.createStatement();
                    var result = statement.executeQuery("SELECT pg_backend_pid()")) {
                result.next();
                terminate(result.getInt(1));
            }
            assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
        }
        webhooks.wake();

        assertThat(webhooks.deliveries().get(delivery)).isEmpty();
        assertThat(count("business")).isZero();
    }

    @Test
    void aTransactionGoesOnAfterAPublishThatWasRefused() throws SQLException {
        webhooks.publish(event().idempotencyKey("key"));
        try (var connection = begin()) {
            execute(connection, "INSERT INTO %s.business VALUES (1)");
            var other = WebhookEvent.json("order.created", Map.of("order", 2)).idempotencyKey("key");
            var publisher = webhooks.publisher(store.joining(connection));
            assertThatThrownBy(() -> publisher.publish(other)).isInstanceOf(ConflictException.class);
            execute(connection, "INSERT INTO %s.business VALUES (2)");
            connection.commit();
        }

        assertThat(count("business")).isEqualTo(2);
        assertThat(count("posthorn_event")).isEqualTo(1);
    }

    @Test
    void aPublishThatTheDatabaseRefusesHasTheTransactionFail() throws SQLException {
        closeQueue();
        try (var connection = begin()) {
            execute(connection, "INSERT INTO %s.business VALUES (1)");
            var publisher = webhooks.publisher(store.joining(connection));
            assertThatThrownBy(() -> publisher.publish(event())).isInstanceOf(StoreException.class);
            assertThatThrownBy(() -> execute(connection, "INSERT INTO %s.business VALUES (2)"))
                    .hasMessageContaining("current transaction is aborted");
            connection.rollback();
        }

        assertThat(count("business")).isZero();
        assertThat(count("posthorn_event")).isZero();
    }

    @Test
    void aTransactionGoesOnFromASavepointOfItsOwnAfterAPublishThatTheDatabaseRefused() throws SQLException {
        closeQueue();
        try (var connection = begin()) {
            execute(connection, "INSERT INTO %s.business VALUES (1)");
            var savepoint = connection.setSavepoint();
            var publisher = webhooks.publisher(store.joining(connection));
            assertThatThrownBy(() -> publisher.publish(event())).isInstanceOf(StoreException.class);
            connection.rollback(savepoint);
            execute(connection, "ALTER TABLE %s.posthorn_queue DROP CONSTRAINT closed");
            publisher.publish(event());
            connection.commit();
        }

        assertThat(count("business")).isEqualTo(1);
        assertThat(count("posthorn_event")).isEqualTo(1);
    }

    private void closeQueue() throws SQLException {
        try (var connection = begin()) {
            execute(connection, "ALTER TABLE %s.posthorn_queue ADD CONSTRAINT closed CHECK (is_retry) NOT VALID");
            connection.commit();
        }
    }

    @Test
    void aTransactionThatHasFailedSaysSo() throws SQLException {
        try (var connection = begin()) {
            assertThatThrownBy(() -> execute(connection, "INSERT INTO %s.business VALUES (NULL)"))
                    .isInstanceOf(SQLException.class);
            var publisher = webhooks.publisher(store.joining(connection));
            assertThatThrownBy(() -> publisher.publish(event()))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("current transaction is aborted");
            connection.rollback();
        }
        assertThat(count("posthorn_event")).isZero();
    }

    @Test
    void aKeyTakenInATransactionThatIsRolledBackCanBeTakenAgain() throws SQLException {
        try (var connection = begin()) {
            webhooks.publisher(store.joining(connection)).publish(event().idempotencyKey("key"));
            connection.rollback();
        }

        assertThat(webhooks.publish(event().idempotencyKey("key")).duplicate()).isFalse();
    }

    @Test
    void aConnectionThatIsNotInATransactionIsRefused() throws SQLException {
        try (var connection = database.getConnection()) {
            connection.setAutoCommit(true);
            var publisher = webhooks.publisher(store.joining(connection));
            assertThatThrownBy(() -> publisher.publish(event())).isInstanceOf(IllegalStateException.class);
        }
        assertThat(count("posthorn_event")).isZero();
        assertThat(subscription).isNotNull();
    }

    private void awaitSucceeded(UUID delivery) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> assertThat(webhooks.deliveries()
                                .get(delivery)
                                .orElseThrow()
                                .delivery()
                                .status())
                        .isEqualTo(DeliveryStatus.SUCCEEDED));
    }

    private void terminate(int backend) throws SQLException {
        try (var connection = TestDatabase.autoCommitting().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("SELECT pg_terminate_backend(" + backend + ")");
        }
    }

    private void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql.formatted(schema));
        }
    }

    private long count(String table) throws SQLException {
        try (var connection = TestDatabase.autoCommitting().getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery("SELECT count(*) FROM %s.%s".formatted(schema, table))) {
            result.next();
            return result.getLong(1);
        }
    }
}
