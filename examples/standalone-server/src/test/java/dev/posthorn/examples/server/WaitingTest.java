package dev.posthorn.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Subscriptions that are paused, and how much may wait for them. */
class WaitingTest {
    private static StandaloneServer server;
    private static Api api;

    @BeforeAll
    static void start() {
        server = StandaloneServer.start(Settings.from(Map.of(
                "API_PORT", "0",
                "LOG_LEVEL", "WARN",
                "MAX_PENDING_PER_SUBSCRIPTION", "2",
                "MAX_PENDING_PER_TENANT", "3")));
        api = new Api(server.url());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String paused(String tenant) {
        var created =
                api.post("/subscriptions", "{\"target_url\":\"https://example.com/\",\"tenant\":\"" + tenant + "\"}");
        assertThat(api.post(created.header("Location") + "/pause", "").text("status"))
                .isEqualTo("PAUSED");
        return created.text("id");
    }

    private static Api.Reply ingest(String subscription) {
        return api.post("/ingest/" + subscription, "{}", "X-Event-Type", "order.created");
    }

    @Test
    void aPausedSubscriptionTakesEventsUntilItIsFull() {
        var subscription = paused("blue");
        var first = ingest(subscription);
        assertThat(first.status()).isEqualTo(202);
        assertThat(ingest(subscription).status()).isEqualTo(202);

        var refused = ingest(subscription);

        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.header("Content-Type")).startsWith("application/problem+json");
        assertThat(refused.header("Retry-After")).isEqualTo("1");
        assertThat(refused.errors())
                .containsExactly("subscription: " + subscription + " may have at most 2 deliveries pending");
        assertThat(api.get("/delivery/" + first.text("delivery_task_id")).text("status"))
                .isEqualTo("PENDING");
    }

    @Test
    void aTenantIsRefusedAsAWhole() {
        var one = paused("red");
        paused("red");
        var event = "{\"event_type\":\"order.created\",\"payload\":1,\"tenant\":\"red\"}";
        assertThat(api.post("/events", event).status()).isEqualTo(202);

        var refused = api.post("/events", event);

        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.errors()).containsExactly("tenant: red may have at most 3 deliveries pending");
        assertThat(ingest(one).status()).isEqualTo(202);
    }

    @Test
    void whatIsResumedIsActiveAgain() {
        var path = "/subscriptions/" + paused("green");
        assertThat(api.post(path + "/pause", "").header("ETag")).isEqualTo("\"2\"");

        var resumed = api.post(path + "/resume", "");

        assertThat(resumed.status()).isEqualTo(200);
        assertThat(resumed.text("status")).isEqualTo("ACTIVE");
        assertThat(resumed.header("ETag")).isEqualTo("\"3\"");
        assertThat(api.delete(path).status()).isEqualTo(204);
        assertThat(api.post(path + "/pause", "").status()).isEqualTo(404);
        assertThat(api.post(path + "/resume", "").status()).isEqualTo(404);
    }
}
