package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.spi.WakingQueue;
import dev.posthorn.webhook.tck.RecordingReceiver;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One process publishes, another delivers: it hears of that at once, and asks little while there is nothing. */
@Timeout(120)
class WakeUpTest {
    /** Long for a machine that is busy with other things too, and short beside looking now and then. */
    private static final Duration AT_ONCE = Duration.ofSeconds(10);

    private static final Duration RARELY = Duration.ofMinutes(1);

    private final String schema = TestDatabase.newSchema();
    private final RecordingReceiver receiver = RecordingReceiver.start();
    private final HikariDataSource publishersPool = TestDatabase.pool(true, 4);
    private final PostgresWebhookStore publishersStore = store(publishersPool).build();
    private final WebhookDispatcher publisher = dispatcher(publishersStore, RARELY);

    WakeUpTest() {
        publisher.subscriptions().create(NewSubscription.to(receiver.url("/hook")));
    }

    @AfterEach
    void close() {
        publisher.close();
        publishersPool.close();
        receiver.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anEventOfAnotherProcessIsReceivedAtOnce(boolean autoCommit) throws SQLException {
        try (var pool = TestDatabase.pool(autoCommit, 10);
                var worker = dispatcher(store(pool).build(), RARELY)) {
            worker.start();
            awaitListeners(1);
            for (int i = 1; i <= 20; i++) {
                long before = System.nanoTime();
                publish(i % 2 == 0);
                receiver.await(i);
                assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(AT_ONCE);
            }
        }
    }

    @Test
    void ofManyEventsInABurstNoneWaitsToBeLookedFor() throws SQLException {
        try (var pool = TestDatabase.pool(true, 10);
                var worker = dispatcher(store(pool).build(), RARELY)) {
            worker.start();
            awaitListeners(1);
            for (int i = 0; i < 300; i++) {
                publish(false);
            }
            long before = System.nanoTime();
            receiver.await(300);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(20));
        }
    }

    @Test
    void aConnectionThatWasKilledIsReplacedAndNothingIsMissed() throws SQLException {
        try (var pool = TestDatabase.pool(true, 10);
                var worker = dispatcher(store(pool).build(), RARELY)) {
            worker.start();
            awaitListeners(1);
            publish(false);
            receiver.await(1);

            assertThat(number("SELECT count(pg_terminate_backend(pid)) " + LISTENERS))
                    .isEqualTo(1);
            // Told while nobody listens, in all likelihood.
            publish(false);
            receiver.await(2);

            awaitListeners(1);
            long before = System.nanoTime();
            publish(false);
            receiver.await(3);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(AT_ONCE);
        }
    }

    /** What was told between two connections nobody can know, and it may be the last for a long time. */
    @Test
    void aNewConnectionHasTheNodeLookOnce() throws SQLException {
        try (var pool = TestDatabase.pool(true, 4)) {
            var queue = (WakingQueue) store(pool).build().queue().orElseThrow();
            assertThat(queue.await(Duration.ofMillis(1))).isTrue();
            assertThat(queue.await(Duration.ofMillis(1))).isFalse();

            number("SELECT count(pg_terminate_backend(pid)) " + LISTENERS);
            awaitListeners(0);
            assertThatThrownBy(() -> queue.await(RARELY)).isInstanceOf(StoreException.class);
            assertThat(queue.await(Duration.ofMillis(1))).isTrue();
            assertThat(queue.await(Duration.ofMillis(1))).isFalse();
            queue.stopWaiting();
        }
    }

    @Test
    void whoeverWaitsIsToldToStop() throws Exception {
        try (var pool = TestDatabase.pool(true, 4)) {
            var queue = (WakingQueue) store(pool).build().queue().orElseThrow();
            assertThat(queue.await(Duration.ofMillis(1))).isTrue();
            var waiter = new Thread(() -> queue.await(RARELY));
            waiter.start();
            // It sleeps in the driver's socket.
            Awaitility.await()
                    .until(() -> Stream.of(waiter.getStackTrace())
                            .anyMatch(frame -> frame.getMethodName().equals("getNotifications")));

            long before = System.nanoTime();
            queue.stopWaiting();
            waiter.join(RARELY.toMillis());

            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(AT_ONCE);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClosedNodeGivesItsConnectionBackAsItWas(boolean autoCommit) throws SQLException {
        try (var pool = TestDatabase.pool(autoCommit, 10)) {
            var store = store(pool).build();
            try (var other = dispatcher(store, RARELY)) {
                var worker = dispatcher(store, RARELY);
                other.start();
                worker.start();
                awaitListeners(2);

                worker.close();
                awaitListeners(1, Duration.ofSeconds(2));
                publish(false);
                receiver.await(1);
            }
            Awaitility.await()
                    .atMost(Duration.ofSeconds(2))
                    .until(() -> pool.getHikariPoolMXBean().getActiveConnections() == 0);
            assertThat(number("SELECT count(*) " + LISTENERS)).isZero();
        }
    }

    @Test
    void withoutWakeUpsNoConnectionIsKeptAndNodesLookByThemselves() throws SQLException {
        try (var pool = TestDatabase.pool(true, 10);
                var worker = dispatcher(store(pool).withoutWakeUps().build(), Duration.ofSeconds(1))) {
            worker.start();
            for (int i = 1; i <= 3; i++) {
                publish(false);
                receiver.await(i);
            }
            assertThat(number("SELECT count(*) " + LISTENERS)).isZero();
        }
    }

    @Test
    void idlingAsksLittle() throws Exception {
        try (var pool = TestDatabase.pool(true, 10)) {
            var counting = new CountingDataSource(pool);
            try (var worker = dispatcher(store(counting).build(), Duration.ofSeconds(1))) {
                worker.start();
                awaitListeners(1);
                publish(false);
                receiver.await(1);

                // At first the tables of the week are made. If it asked more than that, there would never be such a
                // time.
                Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> {
                    counting.take();
                    long began = System.nanoTime();
                    var asked = new ArrayList<String>();
                    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> {
                        asked.addAll(counting.take());
                        return asked.size() >= 10;
                    });
                    return asked.size() / ((System.nanoTime() - began) / 1e9) <= 5;
                });
            }
        }
    }

    private static final String LISTENERS =
            "FROM pg_stat_activity WHERE query LIKE 'LISTEN posthorn_%' AND state = 'idle'";

    private static void awaitListeners(int count) {
        awaitListeners(count, Duration.ofSeconds(20));
    }

    private static void awaitListeners(int count, Duration atMost) {
        Awaitility.await()
                .atMost(atMost)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> number("SELECT count(*) " + LISTENERS) == count);
    }

    private static long number(String sql) throws SQLException {
        try (var connection = DriverManager.getConnection(TestDatabase.url());
                var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            result.next();
            return result.getLong(1);
        }
    }

    private void publish(boolean joined) throws SQLException {
        var event = WebhookEvent.json("order.created", Map.of("order", 1));
        if (!joined) {
            publisher.publish(event);
            return;
        }
        try (var connection = publishersPool.getConnection()) {
            connection.setAutoCommit(false);
            publisher.publisher(publishersStore.joining(connection)).publish(event);
            connection.commit();
        }
        publisher.wake();
    }

    private PostgresWebhookStore.Builder store(DataSource pool) {
        return PostgresWebhookStore.builder(pool, TestDatabase.KEYS).schema(schema);
    }

    private static WebhookDispatcher dispatcher(PostgresWebhookStore store, Duration pollInterval) {
        return WebhookDispatcher.builder(store)
                .pollInterval(pollInterval)
                .transport(SocketTransport.builder()
                        .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                        .build())
                .build();
    }
}
