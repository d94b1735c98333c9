package dev.posthorn.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.posthorn.webhook.tck.Answer;
import dev.posthorn.webhook.tck.RecordingReceiver;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One process takes requests, others deliver, on one database, with and without Redis. */
@Timeout(180)
class RolesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int EVENTS = 100;
    private static final Pattern ATTEMPTS =
            Pattern.compile("^posthorn_attempts_total\\{outcome=\"succeeded\"} (\\S+)$", Pattern.MULTILINE);
    private static final Pattern IN_FLIGHT = Pattern.compile("^posthorn_inflight (\\S+)$", Pattern.MULTILINE);

    private final CountDownLatch gate = new CountDownLatch(1);

    @Test
    void theApiTakesWhatWorkersDeliver() throws Exception {
        try (var postgres = EmbeddedPostgres.start();
                var receiver = RecordingReceiver.start();
                var first = start("api", postgres, Map.of())) {
            var api = share(postgres, receiver, first, Map.of());

            postgres.close();
            await().atMost(PATIENCE).until(() -> api.get("/health").status() == 503);
            assertThat(part(api, "database")).isEqualTo("DOWN");
        }
    }

    @Test
    void theyShareTheWorkOverRedis() throws Exception {
        try (var postgres = EmbeddedPostgres.start();
                var redis = RedisProcess.start();
                var receiver = RecordingReceiver.start();
                var first = start("api", postgres, Map.of("REDIS_URL", redis.url()))) {
            var api = share(postgres, receiver, first, Map.of("REDIS_URL", redis.url()));

            assertThat(redis.keys()).isPositive();
            redis.close();
            await().atMost(PATIENCE).until(() -> api.get("/health").status() == 503);
            assertThat(part(api, "redis")).isEqualTo("DOWN");
            assertThat(part(api, "database")).isEqualTo("UP");
        }
    }

    /** Two workers deliver what the API takes, both of them, and one goes on alone. */
    private Api share(
            EmbeddedPostgres postgres,
            RecordingReceiver receiver,
            ServerProcess apiProcess,
            Map<String, String> environment)
            throws Exception {
        receiver.onAnyPath().byDefault(Answer.status(200).heldBy(gate));
        var api = apiProcess.awaitReady();
        assertThat(part(api, "database")).isEqualTo("UP");
        assertThat(part(api, "redis")).isEqualTo(environment.isEmpty() ? null : "UP");
        assertThat(part(api, "workers")).isEqualTo("DEGRADED");
        var subscription = api.subscribe(receiver.url("/hook"));
        publish(api);
        awaitDelivered(api, 0);
        assertThat(queuedInDatabase(postgres)).isEqualTo(environment.isEmpty() ? EVENTS : 0);

        try (var one = start("worker", postgres, environment);
                var two = start("worker", postgres, environment)) {
            var workers = List.of(one.awaitReady(), two.awaitReady());
            await().atMost(PATIENCE).until(() -> workerParts(api).size() == 2);
            assertThat(part(api, "workers")).isNull();
            for (var worker : workers) {
                await().atMost(PATIENCE).until(() -> metric(worker, IN_FLIGHT) > 0);
                assertThat(worker.get("/health").status()).isEqualTo(200);
                assertThat(worker.plain("/subscriptions").statusCode()).isEqualTo(404);
                assertThat(worker.plain("/docs").statusCode()).isEqualTo(404);
            }
            gate.countDown();
            awaitDelivered(api, EVENTS);
            publish(api);
            awaitDelivered(api, 2 * EVENTS);
            await().atMost(PATIENCE)
                    .until(() -> metric(workers.get(0), ATTEMPTS) + metric(workers.get(1), ATTEMPTS) == 2 * EVENTS);
            workers.forEach(worker -> assertThat(metric(worker, ATTEMPTS)).isPositive());
            assertThat(metric(api, ATTEMPTS)).isZero();

            one.terminate();
            one.awaitEnd();
            assertThat(one.exitCode()).isZero();
            await().atMost(PATIENCE).until(() -> workerParts(api).size() == 1);
            publish(api);
            awaitDelivered(api, 3 * EVENTS);
        }
        assertThat(receiver.requests()).hasSize(3 * EVENTS);
        assertThat(api.get("/subscriptions/" + subscription).text("status")).isEqualTo("ACTIVE");
        return api;
    }

    private static ServerProcess start(String role, EmbeddedPostgres postgres, Map<String, String> more)
            throws IOException {
        var environment = new HashMap<>(Map.of(
                "ROLE",
                role,
                "API_PORT",
                "0",
                "ALLOWED_NETWORKS",
                "127.0.0.0/8",
                "LOG_LEVEL",
                "WARN",
                "DATABASE_URL",
                "postgresql://postgres@127.0.0.1:" + postgres.getPort() + "/postgres",
                "ENCRYPTION_KEYS",
                "main:" + "A".repeat(43) + "="));
        environment.putAll(more);
        return ServerProcess.start(environment);
    }

    private static void publish(Api api) {
        var events = IntStream.range(0, EVENTS)
                .mapToObj(n -> "{\"event_type\":\"a\",\"payload\":" + n + "}")
                .collect(Collectors.joining(",", "[", "]"));
        assertThat(api.post("/events", events).json().get("items")).hasSize(EVENTS);
    }

    /** Waits until so many have been delivered, and everything else is still to be. */
    private static void awaitDelivered(Api api, int expected) {
        await().pollDelay(Duration.ZERO).atMost(PATIENCE).until(() -> {
            var delivered = api.get("/deliveries?status=SUCCEEDED&limit=500");
            return delivered.json().get("items").size() == expected;
        });
        assertThat(api.get("/deliveries?status=FAILED").json().get("items")).isEmpty();
    }

    private static int queuedInDatabase(EmbeddedPostgres postgres) throws SQLException {
        try (var connection = postgres.getPostgresDatabase().getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery("SELECT count(*) FROM posthorn_queue WHERE visible_at > 'epoch'")) {
            result.next();
            return result.getInt(1);
        }
    }

    private static double metric(Api server, Pattern line) {
        var found = line.matcher(new String(server.plain("/metrics").body(), StandardCharsets.UTF_8));
        assertThat(found.find()).as(line.pattern()).isTrue();
        return Double.parseDouble(found.group(1));
    }

    private static Map<String, String> parts(Api api) {
        var parts = new HashMap<String, String>();
        api.get("/health")
                .json()
                .get("parts")
                .forEach(part -> parts.put(
                        part.get("name").stringValue(), part.get("status").stringValue()));
        return parts;
    }

    private static String part(Api api, String name) {
        return parts(api).get(name);
    }

    private static List<String> workerParts(Api api) {
        return parts(api).keySet().stream()
                .filter(name -> name.startsWith("worker."))
                .toList();
    }
}
