package dev.posthorn.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.posthorn.webhook.tck.Answer;
import dev.posthorn.webhook.tck.RecordingReceiver;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Retrying what failed goes on after the server was killed, though whoever asked for it has lost the cursor. */
@Timeout(180)
class RetryRunTest {
    private static final int COUNT = 6;

    @Test
    void aRunBrokenOffByAKillIsFinishedByAnotherProcessWithoutLossOrDoubleRetries() throws Exception {
        try (var postgres = EmbeddedPostgres.builder()
                        .setServerConfig("fsync", "on")
                        .setServerConfig("synchronous_commit", "on")
                        .start();
                var receiver = RecordingReceiver.start()) {
            var environment = Map.of(
                    "API_PORT", "0",
                    "ALLOWED_NETWORKS", "127.0.0.0/8",
                    "LOG_LEVEL", "WARN",
                    "DATABASE_URL", "postgresql://postgres@127.0.0.1:" + postgres.getPort() + "/postgres",
                    "ENCRYPTION_KEYS", "main:" + "A".repeat(43) + "=");
            receiver.on("/old").byDefault(Answer.status(500));
            String path;
            String other;
            String failedUntil;
            List<String> deliveries;
            try (var server = ServerProcess.start(environment)) {
                var api = server.awaitReady();
                var created = api.post(
                        "/subscriptions",
                        "{\"target_url\":\"" + receiver.url("/old")
                                + "\",\"event_types\":[\"old\"],\"retry\":{\"delays_ms\":[]}}");
                path = "/subscriptions/" + created.text("id") + "/retry-failed";
                other = api.subscribe(receiver.url("/new"), "old");
                api.post("/subscriptions/" + other + "/disable", "");
                deliveries = IntStream.range(0, COUNT)
                        .mapToObj(n -> api.ingest(created.text("id"), new byte[] {(byte) n}, "X-Event-Type", "old")
                                .text("delivery_task_id"))
                        .toList();
                deliveries.forEach(id -> api.awaitDelivery(id, "FAILED"));
                api.post("/subscriptions/" + other + "/enable", "");

                var first = api.post(path, page("", other));
                failedUntil = first.text("failed_until");
                assertThat(retried(first)).isEqualTo(2);
                assertThat(retried(api.post(path, page(failedUntil, "")))).isEqualTo(2);
                // What it has retried has failed again when it is killed, and nothing is under way.
                await().until(() -> attempts(api, deliveries) == COUNT + 2);
                deliveries.forEach(id -> api.awaitDelivery(id, "FAILED"));
                receiver.await("/new", 2);
                await().until(() -> succeeded(api, other) == 2);
            }
            receiver.on("/old").byDefault(Answer.status(200));
            try (var server = ServerProcess.start(environment)) {
                var api = server.awaitReady();

                assertThat(all(api, path, failedUntil, other)).isEqualTo(COUNT - 2);
                assertThat(all(api, path, failedUntil, "")).isEqualTo(COUNT - 2);

                await().until(() -> succeeded(api, other) == COUNT);
                deliveries.subList(0, COUNT - 2).forEach(id -> api.awaitDelivery(id, "SUCCEEDED"));
                assertThat(attempts(api, deliveries)).isEqualTo(2 * COUNT);
                assertThat(receiver.requests())
                        .filteredOn(request -> request.path().equals("/new"))
                        .hasSize(COUNT);
            }
        }
    }

    private static String page(String failedUntil, String target) {
        return "{\"since\":\"2020-01-01T00:00:00Z\",\"limit\":2,\"per_second\":10000"
                + (failedUntil.isEmpty() ? "" : ",\"failed_until\":\"" + failedUntil + "\"")
                + (target.isEmpty() ? "" : ",\"target_subscription_id\":\"" + target + "\"") + "}";
    }

    /** From the first page to the last. */
    private static int all(Api api, String path, String failedUntil, String target) {
        var body = page(failedUntil, target);
        int retried = 0;
        var answer = api.post(path, body);
        while (true) {
            assertThat(answer.status()).isEqualTo(202);
            retried += retried(answer);
            if (answer.json().get("next").isNull()) {
                return retried;
            }
            answer = api.post(path, body.replace("\"limit\"", "\"after\":\"" + answer.text("next") + "\",\"limit\""));
        }
    }

    private static int retried(Api.Reply answer) {
        return answer.json().get("retried").intValue();
    }

    private static int attempts(Api api, List<String> deliveries) {
        return deliveries.stream()
                .mapToInt(id ->
                        api.get("/delivery/" + id).json().get("attempt_count").intValue())
                .sum();
    }

    private static int succeeded(Api api, String subscription) {
        return api.get("/subscriptions/" + subscription + "/deliveries?status=SUCCEEDED")
                .json()
                .get("items")
                .size();
    }
}
