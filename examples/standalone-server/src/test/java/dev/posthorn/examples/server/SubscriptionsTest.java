package dev.posthorn.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SubscriptionsTest {
    private static final String WHOLE = """
            {
              "target_url": "https://example.com/hooks",
              "event_types": ["order.*", "user.created"],
              "secret": "a secret of more than 24 bytes",
              "description": "for tests",
              "headers": {"Authorization": "Bearer 1"},
              "metadata": {"customer": "7"},
              "tenant": "blue",
              "max_in_flight": 4,
              "timeout_ms": 2500,
              "retry": {"delays_ms": [1000, 5000], "jitter": 0.5}
            }""";

    private static StandaloneServer server;
    private static Api api;

    @BeforeAll
    static void start() {
        server = StandaloneServer.start(Settings.from(Map.of("API_PORT", "0", "LOG_LEVEL", "WARN")));
        api = new Api(server.url());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void isShownAsItWasGiven() {
        var created = api.post("/subscriptions", WHOLE);

        assertThat(created.status()).isEqualTo(201);
        assertThat(created.header("Location")).isEqualTo("/subscriptions/" + created.text("id"));
        assertThat(created.header("ETag")).isEqualTo("\"1\"");
        JsonFields.MAPPER
                .readTree(WHOLE)
                .forEachEntry((field, value) ->
                        assertThat(created.json().get(field)).as(field).isEqualTo(value));
        assertThat(created.text("status")).isEqualTo("ACTIVE");
        assertThat(created.json().get("disabled_reason").isNull()).isTrue();
        assertThat(created.json().get("version").intValue()).isEqualTo(1);
        assertThat(created.text("created_at")).isEqualTo(created.text("updated_at"));
    }

    @Test
    void whatIsNotGivenHasADefault() {
        var created = api.post("/subscriptions", "{\"target_url\":\"https://example.com/\",\"event_types\":null}");

        assertThat(created.json().get("event_types").get(0).stringValue()).isEqualTo("*");
        assertThat(created.text("tenant")).isEqualTo("default");
        assertThat(created.text("secret")).startsWith("whsec_");
        assertThat(created.json().get("timeout_ms").isNull()).isTrue();
        assertThat(created.json().get("retry").isNull()).isTrue();
    }

    @Test
    void theSecretIsShownOnce() {
        var path = api.post("/subscriptions", WHOLE).header("Location");

        var replaced = api.put(path, "{\"target_url\":\"https://example.com/\"}");

        assertThat(api.get(path).json().has("secret")).isFalse();
        assertThat(replaced.json().has("secret")).isFalse();
        assertThat(api.get("/subscriptions").json().toString()).doesNotContain("secret");
    }

    @Test
    void aPutReplacesEverythingThatCanChange() {
        var created = api.post("/subscriptions", WHOLE);
        var path = created.header("Location");

        var replaced = api.put(path, "{\"target_url\":\"https://example.com/new\"}");

        assertThat(replaced.status()).isEqualTo(200);
        assertThat(replaced.header("ETag")).isEqualTo("\"2\"");
        assertThat(replaced.text("target_url")).isEqualTo("https://example.com/new");
        assertThat(replaced.json().get("description").isNull()).isTrue();
        assertThat(replaced.json().get("metadata").isEmpty()).isTrue();
        assertThat(replaced.text("tenant")).isEqualTo("blue");
        assertThat(replaced.text("created_at")).isEqualTo(created.text("created_at"));
        assertThat(api.get(path).json()).isEqualTo(replaced.json());
    }

    @Test
    void aPutWithAnOldVersionIsRefused() {
        var path = api.post("/subscriptions", WHOLE).header("Location");
        var body = "{\"target_url\":\"https://example.com/new\"}";

        assertThat(api.put(path, body, "If-Match", "\"1\"").status()).isEqualTo(200);
        var refused = api.put(path, body, "If-Match", "\"1\"");
        assertThat(refused.status()).isEqualTo(412);
        assertThat(refused.faultyFields()).containsExactly("If-Match");
        assertThat(api.get(path).header("ETag")).isEqualTo("\"2\"");
        assertThat(api.put(path, body, "If-Match", "\"7\", \"2\"").status()).isEqualTo(200);
        assertThat(api.put(path, body, "If-Match", "*").status()).isEqualTo(200);
    }

    @Test
    void isGoneOnceDeleted() {
        var path = api.post("/subscriptions", WHOLE).header("Location");

        assertThat(api.delete(path).status()).isEqualTo(204);
        assertThat(api.delete(path).status()).isEqualTo(404);
        assertThat(api.get(path).status()).isEqualTo(404);
        assertThat(api.get(path + "/deliveries").status()).isEqualTo(404);
        assertThat(api.put(path, "{\"target_url\":\"https://example.com/\"}").status())
                .isEqualTo(404);
    }

    @Test
    void areListedInPages() {
        var green = "{\"target_url\":\"https://example.com/\",\"tenant\":\"green\"}";
        var one = api.post("/subscriptions", green).text("id");
        var two = api.post("/subscriptions", green).text("id");

        var first = api.get("/subscriptions?tenant=green&limit=1");
        var second = api.get("/subscriptions?tenant=green&after=" + first.text("next"));

        assertThat(first.json().get("items").get(0).get("id").stringValue()).isEqualTo(one);
        assertThat(second.json().get("items").get(0).get("id").stringValue()).isEqualTo(two);
        assertThat(second.json().get("items").size()).isEqualTo(1);
        assertThat(second.json().get("next").isNull()).isTrue();
    }
}
