package dev.posthorn.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.posthorn.webhook.tck.RecordingReceiver;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One process takes requests, others deliver, on one database. */
@Timeout(180)
class RolesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void theApiTakesWhatWorkersDeliver() throws Exception {
        try (var postgres = EmbeddedPostgres.start();
                var receiver = RecordingReceiver.start();
                var apiProcess = start("api", postgres)) {
            var api = apiProcess.awaitReady();
            assertThat(part(api, "database")).isEqualTo("UP");
            assertThat(part(api, "workers")).isEqualTo("DEGRADED");
            var subscription = api.subscribe(receiver.url("/hook"));
            var early = publish(api);
            assertThat(api.get("/delivery/" + early.get(0)).text("status")).isEqualTo("PENDING");

            try (var one = start("worker", postgres);
                    var two = start("worker", postgres)) {
                var workers = List.of(one.awaitReady(), two.awaitReady());
                await().atMost(PATIENCE).until(() -> workerParts(api).size() == 2);
                assertThat(part(api, "workers")).isNull();
                early.forEach(id -> api.awaitDelivery(id, "SUCCEEDED"));
                publish(api).forEach(id -> api.awaitDelivery(id, "SUCCEEDED"));
                for (var worker : workers) {
                    assertThat(worker.get("/health").status()).isEqualTo(200);
                    assertThat(worker.plain("/metrics").statusCode()).isEqualTo(200);
                    assertThat(worker.plain("/subscriptions").statusCode()).isEqualTo(404);
                    assertThat(worker.plain("/docs").statusCode()).isEqualTo(404);
                }
                one.terminate();
                one.awaitEnd();
                assertThat(one.exitCode()).isZero();
                await().atMost(PATIENCE).until(() -> workerParts(api).size() == 1);
                publish(api).forEach(id -> api.awaitDelivery(id, "SUCCEEDED"));
            }
            assertThat(receiver.requests()).hasSize(300);
            assertThat(api.get("/subscriptions/" + subscription).text("status")).isEqualTo("ACTIVE");

            postgres.close();
            await().atMost(PATIENCE).until(() -> api.get("/health").status() == 503);
            assertThat(part(api, "database")).isEqualTo("DOWN");
        }
    }

    private static ServerProcess start(String role, EmbeddedPostgres postgres) throws IOException {
        return ServerProcess.start(new HashMap<>(Map.of(
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
                "main:" + "A".repeat(43) + "=")));
    }

    /** A hundred events at once; their deliveries. */
    private static List<String> publish(Api api) {
        var events = IntStream.range(0, 100)
                .mapToObj(n -> "{\"event_type\":\"a\",\"payload\":" + n + "}")
                .collect(Collectors.joining(",", "[", "]"));
        var ids = new ArrayList<String>();
        api.post("/events", events)
                .json()
                .get("items")
                .forEach(receipt -> ids.add(receipt.get("delivery_ids").get(0).stringValue()));
        return ids;
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
