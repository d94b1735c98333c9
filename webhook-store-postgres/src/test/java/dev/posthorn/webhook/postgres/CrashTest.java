package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.tck.ReceivedRequest;
import dev.posthorn.webhook.tck.RecordingReceiver;
import java.io.IOException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Three nodes in processes of their own, which are killed at random while they deliver, as the database is: every event
 * that was acknowledged arrives, nothing that was rolled back does, and little arrives twice. {@code -Dposthorn.test.seed}
 * repeats what is killed when; {@code -Dposthorn.test.full=true} makes it long.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class CrashTest {
    private static final boolean FULL = Boolean.getBoolean("posthorn.test.full");
    private static final int EVENTS = FULL ? 20_000 : 2_000;
    private static final int BATCH = 20;
    private static final int SUBSCRIPTIONS = 10;
    /** What a node may hold, and so send again when it is killed. */
    private static final int HELD = CrashNode.MAX_IN_FLIGHT * 2 + CrashNode.BATCH * 4;

    private final long seed =
            Long.getLong("posthorn.test.seed", ThreadLocalRandom.current().nextLong(1_000_000_000));
    private final Random random = new Random(seed);
    private final RestartableServer server = RestartableServer.create();
    private final RecordingReceiver receiver = RecordingReceiver.start();
    private final String schema = "crash";
    private final List<Process> nodes = new ArrayList<>();
    private final Set<String> acknowledged = new HashSet<>();
    private final Set<String> rolledBack = new HashSet<>();
    private PostgresWebhookStore store;
    private int nodeKills;
    private int serverKills;

    @AfterEach
    void close() {
        nodes.forEach(Process::destroyForcibly);
        receiver.close();
        server.close();
    }

    @Test
    void nothingAcknowledgedIsLostAndLittleIsSentTwice() throws Exception {
        System.out.println("CrashTest: -Dposthorn.test.seed=" + seed);
        migrate();
        store = CrashNode.store(server.url(), schema);
        var publisher = CrashNode.dispatcher(store);
        for (int i = 0; i < SUBSCRIPTIONS; i++) {
            publisher
                    .subscriptions()
                    .create(NewSubscription.to(receiver.url("/" + i)).eventTypes("crash." + i));
        }
        for (int i = 0; i < 3; i++) {
            nodes.add(startNode());
        }
        int untilKill = 300;
        for (int n = 0; n < EVENTS; n += BATCH) {
            publish(publisher, n);
            untilKill -= BATCH;
            if (untilKill <= 0) {
                // In mid-delivery, and not before a new node has got so far.
                int arrived = receiver.requests().size();
                Awaitility.await()
                        .atMost(Duration.ofMinutes(1))
                        .until(() -> receiver.requests().size() >= Math.min(arrived + 50, acknowledged.size())
                                || distinct(receiver.requests()).containsAll(acknowledged));
                kill();
                untilKill = 200 + random.nextInt(FULL ? 2_000 : 400);
            }
        }

        awaitAll();
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> queued() == 0);
        publisher.close(Duration.ofSeconds(5));
        var requests = receiver.requests();
        var arrived = distinct(requests);
        assertThat(arrived).doesNotContainAnyElementsOf(rolledBack);
        assertThat(acknowledged).hasSizeGreaterThan(EVENTS / 2);
        assertThat(bodiesUnderOneId(requests)).isEqualTo(arrived.size());
        int bound = HELD * (nodeKills + 4 * serverKills);
        System.out.printf(
                "CrashTest: %d acknowledged, %d node kills, %d server kills, %d sent twice (bound %d)%n",
                acknowledged.size(), nodeKills, serverKills, requests.size() - arrived.size(), bound);
        assertThat(requests.size() - arrived.size()).isLessThanOrEqualTo(bound);
    }

    private void awaitAll() throws SQLException {
        try {
            Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> distinct(receiver.requests()).containsAll(acknowledged));
        } catch (ConditionTimeoutException lost) {
            throw new AssertionError(whatBecameOfTheMissing(), lost);
        }
    }

    private String whatBecameOfTheMissing() throws SQLException {
        var missing = new HashSet<>(acknowledged);
        missing.removeAll(distinct(receiver.requests()));
        var told = new StringBuilder(missing.size() + " missing; nodes alive: "
                + nodes.stream().filter(Process::isAlive).count());
        try (var connection = DriverManager.getConnection(server.url());
                var statement = connection.prepareStatement("""
                        SELECT d.id, d.status, d.attempt_count, d.due_at, d.version, q.visible_at, q.token, now()
                        FROM crash.posthorn_delivery d LEFT JOIN crash.posthorn_queue q ON q.delivery_id = d.id
                        WHERE d.event_id = ?::uuid
                        """)) {
            for (var id : missing.stream().limit(5).toList()) {
                statement.setString(1, id);
                try (var result = statement.executeQuery()) {
                    while (result.next()) {
                        told.append(System.lineSeparator());
                        for (int i = 1; i <= 8; i++) {
                            told.append(result.getString(i)).append(" | ");
                        }
                    }
                }
            }
        }
        return told.toString();
    }

    private void migrate() {
        var config = new HikariConfig();
        config.setJdbcUrl(server.url());
        try (var pool = new HikariDataSource(config)) {
            PostgresWebhookStore.builder(pool, TestDatabase.KEYS).schema(schema).build();
        }
    }

    private Process startNode() throws IOException {
        return new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashNode.class.getName(),
                        server.url(),
                        schema)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private void kill() throws IOException {
        if ((nodeKills + serverKills) % 4 == 2) {
            serverKills++;
            server.kill();
            server.restart();
        } else {
            nodeKills++;
            var victim = nodes.remove(random.nextInt(nodes.size()));
            victim.destroyForcibly();
            nodes.add(startNode());
        }
    }

    private void publish(WebhookDispatcher publisher, int from) throws SQLException {
        var events =
                IntStream.range(from, from + BATCH).mapToObj(CrashTest::event).toList();
        if (random.nextInt(10) == 0) {
            rollBack(publisher, events);
            return;
        }
        try {
            publisher
                    .publish(events)
                    .forEach(receipt -> acknowledged.add(receipt.eventId().toString()));
        } catch (StoreException notAcknowledged) {
            // It may have been written all the same, and may then arrive.
        }
    }

    /** Published in a transaction that never commits. */
    private void rollBack(WebhookDispatcher publisher, List<WebhookEvent> events) throws SQLException {
        try (var connection = DriverManager.getConnection(server.url())) {
            connection.setAutoCommit(false);
            publisher
                    .publisher(store.joining(connection))
                    .publish(events)
                    .forEach(receipt -> rolledBack.add(receipt.eventId().toString()));
            connection.rollback();
        } catch (StoreException notEvenThat) {
            // Nothing was published then.
        }
    }

    private static WebhookEvent event(int n) {
        return WebhookEvent.of("crash." + n % SUBSCRIPTIONS, "application/json", Bytes.utf8("{\"n\":" + n + "}"));
    }

    private static Set<String> distinct(List<ReceivedRequest> requests) {
        return requests.stream()
                .map(request -> request.header("webhook-id").orElseThrow())
                .collect(Collectors.toSet());
    }

    /** How many ids there are, if each always came with the same body. */
    private static int bodiesUnderOneId(List<ReceivedRequest> requests) {
        var bodies = new HashMap<String, Bytes>();
        requests.forEach(request -> {
            var id = request.header("webhook-id").orElseThrow();
            var before = bodies.putIfAbsent(id, request.body());
            assertThat(before == null || before.equals(request.body())).isTrue();
            assertThat(UUID.fromString(id)).isNotNull();
        });
        return bodies.size();
    }

    private long queued() throws SQLException {
        try (var connection = DriverManager.getConnection(server.url());
                var statement = connection.createStatement();
                var result = statement.executeQuery(
                        "SELECT count(*) FROM " + schema + ".posthorn_queue WHERE visible_at > 'epoch'")) {
            result.next();
            return result.getLong(1);
        }
    }
}
