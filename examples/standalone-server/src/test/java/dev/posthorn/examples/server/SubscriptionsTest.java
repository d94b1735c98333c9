package dev.posthorn.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.SigningSecret;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SubscriptionsTest {
    private static final String WHOLE = """
            {
              "target_url": "https://example.com/hooks",
              "event_types": ["order.*", "user.created"],
              "filter": {"or": [{"pointer": "/order/total", "gte": 99.95}, {"pointer": "/größe", "in": ["XL", null, 1]}]},
              "secret": "a secret of more than 24 bytes",
              "description": "for tests",
              "headers": {"Authorization": "Bearer 1"},
              "metadata": {"customer": "7"},
              "tenant": "blue",
              "max_in_flight": 4,
              "rate_limit": {"attempts": 90, "per_ms": 60000, "burst": 3},
              "timeout_ms": 2500,
              "retry": {"delays_ms": [1000, 5000], "jitter": 0.5},
              "signature": {"schemes": ["github", "standard-webhooks"], "required": true}
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
        Api.MAPPER
                .readTree(WHOLE)
                .forEachEntry((field, value) ->
                        assertThat(created.json().get(field)).as(field).isEqualTo(value));
        assertThat(created.text("status")).isEqualTo("ACTIVE");
        assertThat(created.json().get("disabled_reason").isNull()).isTrue();
        assertThat(created.json().get("version").intValue()).isEqualTo(1);
        assertThat(created.text("created_at")).isEqualTo(created.text("updated_at"));
        assertThat(created.json().get("lane").get("breaker").stringValue()).isEqualTo("CLOSED");
    }

    @Test
    void whatIsNotGivenHasADefault() {
        var created = api.post("/subscriptions", "{\"target_url\":\"https://example.com/\",\"event_types\":null}");

        assertThat(created.json().get("event_types").get(0).stringValue()).isEqualTo("*");
        assertThat(created.text("tenant")).isEqualTo("default");
        assertThat(created.text("secret")).startsWith("whsec_");
        assertThat(created.json().get("filter").isNull()).isTrue();
        assertThat(created.json().get("timeout_ms").isNull()).isTrue();
        assertThat(created.json().get("retry").isNull()).isTrue();
        assertThat(created.json().get("signature").toString())
                .isEqualTo("{\"schemes\":[\"standard-webhooks\"],\"required\":false}");
    }

    @Test
    void theSecretIsShownOnce() {
        var path = api.post("/subscriptions", WHOLE).header("Location");

        var replaced = api.put(path, "{\"target_url\":\"https://example.com/\"}");

        assertThat(api.get(path).json().has("secret")).isFalse();
        assertThat(replaced.json().has("secret")).isFalse();
        assertThat(api.get("/subscriptions").json().toString())
                .doesNotContain("\"secret\"", "a secret of more than 24 bytes")
                .contains("\"masked_secret\":\"****ytes\"");
    }

    @Test
    void ofAPrivateKeyThePublicOneIsShown() {
        var key = SigningSecret.generateEd25519();
        var given = api.post(
                "/subscriptions", "{\"target_url\":\"https://example.com/\",\"secret\":\"" + key.reveal() + "\"}");
        var generated =
                api.post("/subscriptions", "{\"target_url\":\"https://example.com/\",\"secret_kind\":\"ED25519\"}");

        assertThat(given.text("public_key")).isEqualTo(key.publicKey().orElseThrow());
        assertThat(given.json().has("secret")).isFalse();
        assertThat(generated.text("public_key")).startsWith("whpk_");
        assertThat(generated.json().has("secret")).isFalse();
        assertThat(api.get(given.header("Location")).json().has("public_key")).isFalse();
    }

    @Test
    void aRotatedSecretIsShownOnce() {
        var created = api.post("/subscriptions", WHOLE);
        var path = created.header("Location");

        var rotated = api.post(path + "/rotate-secret", "{\"overlap_ms\":3600000}");

        assertThat(rotated.status()).isEqualTo(200);
        assertThat(rotated.header("ETag")).isEqualTo("\"2\"");
        assertThat(rotated.text("secret")).startsWith("whsec_");
        assertThat(Duration.between(
                        Instant.parse(rotated.text("updated_at")), Instant.parse(rotated.text("overlap_ends_at"))))
                .isBetween(Duration.ofMinutes(59), Duration.ofMinutes(60));
        assertThat(rotated.text("target_url")).isEqualTo(created.text("target_url"));
        var shown = api.get(path).json();
        assertThat(shown.has("secret")).isFalse();
        assertThat(shown.has("overlap_ends_at")).isFalse();
    }

    @Test
    void aRotationNeedsNoBody() {
        var path = api.post("/subscriptions", WHOLE).header("Location");

        var rotated = api.send("POST", path + "/rotate-secret", HttpRequest.newBuilder());

        assertThat(rotated.status()).isEqualTo(200);
        assertThat(rotated.text("secret")).startsWith("whsec_");
    }

    @Test
    void aSecretCanBeRotatedToAGivenOneOrToAnotherKind() {
        var path = api.post("/subscriptions", WHOLE).header("Location");

        var given = api.post(path + "/rotate-secret", "{\"secret\":\"another secret of 24 bytes or more\"}");
        assertThat(given.text("secret")).isEqualTo("another secret of 24 bytes or more");
        var refused = api.post(path + "/rotate-secret", "{\"secret_kind\":\"ED25519\"}");
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.faultyFields()).containsExactlyInAnyOrder("signature.required", "signature.schemes[0]");
        var beside = api.post(path + "/rotate-secret", "{\"secret_kind\":\"ED25519\",\"keep_other_kind\":true}");
        assertThat(beside.text("public_key")).startsWith("whpk_");
        assertThat(beside.header("ETag")).isEqualTo("\"3\"");
    }

    @Test
    void aRotationOfAnOldVersionIsRefused() {
        var path = api.post("/subscriptions", WHOLE).header("Location");

        assertThat(api.post(path + "/rotate-secret", "{}", "If-Match", "\"1\"").status())
                .isEqualTo(200);
        var refused = api.post(path + "/rotate-secret", "{}", "If-Match", "\"1\"");
        assertThat(refused.status()).isEqualTo(412);
        assertThat(refused.faultyFields()).containsExactly("If-Match");
    }

    @Test
    void aSchemeWithoutASecretForItIsRefused() {
        var path = api.post("/subscriptions", "{\"target_url\":\"https://example.com/\",\"secret_kind\":\"ED25519\"}")
                .header("Location");

        var refused =
                api.put(path, "{\"target_url\":\"https://example.com/\",\"signature\":{\"schemes\":[\"github\"]}}");

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.faultyFields()).containsExactly("signature.schemes[0]");
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
        assertThat(api.post(path + "/rotate-secret", "{}").status()).isEqualTo(404);
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
