package dev.posthorn.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in, how often, and what they see. */
class DoorTest {
    private static final String ALL = "a-key-for-everything";
    private static final String BLUE = "a-key-for-the-blue-ones";
    private static final String RED = "a-key-for-the-red-ones";
    private static final String STRANGER = "a-key-for-a-stranger";
    private static final List<String> FOR_EVERYBODY = List.of("GET /health", "GET /openapi.json", "GET /docs");

    /** What each route answers whoever asks for what is another tenant's. A route that is not here makes a test fail. */
    private static final Map<String, Integer> TO_STRANGERS = new TreeMap<>(Map.ofEntries(
            Map.entry("GET /health", 200),
            Map.entry("GET /openapi.json", 200),
            Map.entry("GET /docs", 200),
            Map.entry("GET /metrics", 403),
            Map.entry("GET /subscriptions", 400),
            Map.entry("POST /subscriptions", 422),
            Map.entry("GET /subscriptions/{id}", 404),
            Map.entry("PUT /subscriptions/{id}", 404),
            Map.entry("PATCH /subscriptions/{id}", 404),
            Map.entry("DELETE /subscriptions/{id}", 404),
            Map.entry("POST /subscriptions/{id}/enable", 404),
            Map.entry("POST /subscriptions/{id}/disable", 404),
            Map.entry("POST /subscriptions/{id}/pause", 404),
            Map.entry("POST /subscriptions/{id}/resume", 404),
            Map.entry("POST /subscriptions/{id}/rotate-secret", 404),
            Map.entry("POST /subscriptions/{id}/test", 404),
            Map.entry("POST /subscriptions/{id}/retry-failed", 404),
            Map.entry("GET /subscriptions/{id}/deliveries", 404),
            Map.entry("POST /ingest/{subscription_id}", 404),
            Map.entry("POST /events", 422),
            Map.entry("GET /events/{id}", 404),
            Map.entry("GET /deliveries", 400),
            Map.entry("GET /deliveries/{id}", 404),
            Map.entry("GET /delivery/{id}", 404),
            Map.entry("POST /deliveries/{id}/retry", 404),
            Map.entry("POST /deliveries/{id}/cancel", 404)));

    private static final Map<String, String> BODIES = Map.of(
            "POST /subscriptions", "{\"target_url\":\"https://example.com/\",\"tenant\":\"blue\"}",
            "PUT /subscriptions/{id}", "{\"target_url\":\"https://example.com/\"}",
            "PATCH /subscriptions/{id}", "{\"description\":\"theirs\"}",
            "POST /subscriptions/{id}/retry-failed", "{\"since\":\"2020-01-01T00:00:00Z\"}",
            "POST /events", "{\"event_type\":\"a\",\"payload\":1,\"tenant\":\"blue\"}");

    private static StandaloneServer server;
    private static Api api;
    private static String subscription;
    private static String delivery;
    private static String event;

    @BeforeAll
    static void start() {
        server = start(Map.of("API_KEYS", ALL + ",blue:" + BLUE + ",red:" + RED + ",stranger:" + STRANGER));
        api = new Api(server.url());
        // Paused, so that nothing changes by itself.
        subscription = as(BLUE, "POST", "/subscriptions", BODIES.get("POST /subscriptions"))
                .text("id");
        as(BLUE, "POST", "/subscriptions/" + subscription + "/pause", "");
        var ingested = as(BLUE, "POST", "/ingest/" + subscription, "1");
        delivery = ingested.text("delivery_task_id");
        event = ingested.text("event_id");
    }

    private static StandaloneServer start(Map<String, String> environment) {
        var all = new HashMap<>(environment);
        all.put("API_PORT", "0");
        all.put("LOG_LEVEL", "WARN");
        return StandaloneServer.start(Settings.from(all));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Api.Reply as(String key, String method, String path, String body) {
        var request = HttpRequest.newBuilder()
                .header("Content-Type", "application/json")
                .header("X-Event-Type", "a");
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        return api.send(method, path, request, BodyPublishers.ofString(body));
    }

    private static String path(String route) {
        var path = route.substring(route.indexOf(' ') + 1);
        return path.contains("/events/")
                ? path.replace("{id}", event)
                : path.contains("/deliver") && !path.startsWith("/subscriptions")
                        ? path.replace("{id}", delivery)
                        : path.replaceAll("\\{[a-z_]+}", subscription);
    }

    private static Api.Reply as(String key, String route) {
        var method = route.substring(0, route.indexOf(' '));
        var isList = route.equals("GET /subscriptions") || route.equals("GET /deliveries");
        return as(key, method, path(route) + (isList ? "?tenant=blue" : ""), BODIES.getOrDefault(route, ""));
    }

    @Test
    void everyRouteIsConsidered() {
        assertThat(TO_STRANGERS.keySet()).isEqualTo(Api.DESCRIPTION.operations());
    }

    @Test
    void withoutAKeyNobodyGetsFurtherThanTheDoor() {
        for (var route : TO_STRANGERS.keySet()) {
            var reply = as(null, route);
            if (FOR_EVERYBODY.contains(route)) {
                assertThat(reply.status()).as(route).isEqualTo(200);
            } else {
                assertThat(reply.status()).as(route).isEqualTo(401);
                assertThat(reply.header("WWW-Authenticate")).isEqualTo("Bearer");
                assertThat(reply.header("Content-Type")).startsWith("application/problem+json");
            }
            for (var wrong : List.of(ALL + "x", ALL.substring(1), "", "none")) {
                assertThat(as(wrong, route).status()).as(route + " " + wrong).isEqualTo(401);
            }
        }
        assertThat(api.plain("/nothing-here").statusCode()).isEqualTo(401);
        for (var detour : List.of("/docs/../subscriptions", "/docs/%2e%2e/subscriptions", "/docs/..;/subscriptions")) {
            var reply = api.plain(detour);
            assertThat(reply.statusCode()).as(detour).isIn(400, 401, 404);
            assertThat(new String(reply.body(), UTF_8)).doesNotContain("items");
        }
    }

    @Test
    void theKeyOfATenantSeesAndChangesThatTenantAlone() {
        var before = as(BLUE, "GET /subscriptions/{id}").json();
        var deliveryBefore = as(BLUE, "GET /delivery/{id}").json();
        int subscriptions =
                as(ALL, "GET", "/subscriptions", "").json().get("items").size();

        TO_STRANGERS.forEach((route, status) -> {
            var reply = as(STRANGER, route);
            assertThat(reply.status()).as(route).isEqualTo(status);
            assertThat(reply.json().toString()).as(route).doesNotContain("example.com");
        });

        assertThat(as(BLUE, "GET /subscriptions/{id}").json()).isEqualTo(before);
        assertThat(as(BLUE, "GET /delivery/{id}").json()).isEqualTo(deliveryBefore);
        assertThat(as(ALL, "GET", "/subscriptions", "").json().get("items").size())
                .isEqualTo(subscriptions);
        assertThat(as(STRANGER, "GET", "/subscriptions", "").json().get("items").isEmpty())
                .isTrue();
        assertThat(as(STRANGER, "GET", "/deliveries", "").json().get("items").isEmpty())
                .isTrue();
        assertThat(as(STRANGER, "GET", "/deliveries?subscription_id=" + subscription, "")
                        .json()
                        .get("items")
                        .isEmpty())
                .isTrue();
    }

    @Test
    void whatATenantsKeyDoesIsDoneForThatTenant() {
        var created = as(RED, "POST", "/subscriptions", "{\"target_url\":\"https://example.com/\"}");
        assertThat(created.text("tenant")).isEqualTo("red");
        as(RED, "POST", created.header("Location") + "/pause", "");

        var published = as(RED, "POST", "/events", "[{\"event_type\":\"a\",\"payload\":1}]");
        var receipt = published.json().get("items").get(0);
        assertThat(receipt.get("delivery_ids").size()).isEqualTo(1);
        var reached =
                as(RED, "GET", "/delivery/" + receipt.get("delivery_ids").get(0).stringValue(), "");
        assertThat(reached.text("subscription_id")).isEqualTo(created.text("id"));
        assertThat(as(RED, "POST", "/events", "[{\"event_type\":\"a\",\"payload\":1,\"tenant\":\"blue\"}]")
                        .faultyFields())
                .containsExactly("events[0].tenant");
        assertThat(as(
                                BLUE,
                                "POST",
                                "/subscriptions/" + subscription + "/retry-failed",
                                "{\"since\":\"2020-01-01T00:00:00Z\",\"target_subscription_id\":\"" + created.text("id")
                                        + "\"}")
                        .faultyFields())
                .containsExactly("target_subscription_id");
        assertThat(as(RED, "DELETE", created.header("Location"), "").status()).isEqualTo(204);
    }

    @Test
    void aKeyForEverythingSeesEverything() {
        assertThat(as(ALL, "GET /subscriptions/{id}").status()).isEqualTo(200);
        assertThat(as(ALL, "GET /delivery/{id}").status()).isEqualTo(200);
        assertThat(as(ALL, "GET /metrics").status()).isEqualTo(200);
        assertThat(as(ALL, "GET /health").json().has("parts")).isTrue();
        for (var key : new String[] {null, RED}) {
            assertThat(as(key, "GET /health").json().propertyNames()).containsExactly("status");
        }
    }

    @Test
    void aKeyCanBeGivenInAHeaderOfItsOwn() {
        var request = HttpRequest.newBuilder().header("X-API-Key", BLUE);
        assertThat(api.send("GET", "/subscriptions/" + subscription, request).status())
                .isEqualTo(200);
    }

    @Test
    void eachKeyAndAddressHasItsShareOfAMinute() {
        try (var limited = start(Map.of("RATE_LIMIT_PER_MINUTE", "3", "API_KEYS", ALL + ",blue:" + BLUE))) {
            var door = new Api(limited.url());
            for (int left = 2; left >= 0; left--) {
                var reply = get(door, ALL);
                assertThat(reply.status()).isEqualTo(200);
                assertThat(reply.header("RateLimit-Policy")).isEqualTo("\"default\";q=3;w=60");
                assertThat(reply.header("RateLimit")).startsWith("\"default\";r=" + left + ";t=");
            }
            var refused = get(door, ALL, "X-Forwarded-For", "198.51.100.1");
            assertThat(refused.status()).isEqualTo(429);
            assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 20);
            assertThat(refused.header("RateLimit")).startsWith("\"default\";r=0;t=");
            assertThat(refused.header("Content-Type")).startsWith("application/problem+json");
            assertThat(get(door, BLUE).status()).isEqualTo(200);
            for (int i = 0; i < 3; i++) {
                assertThat(get(door, "wrong-" + i).status()).isEqualTo(401);
            }
            assertThat(get(door, "wrong").status()).isEqualTo(429);
            assertThat(door.get("/health").status()).isEqualTo(429);
        }
    }

    @Test
    void onlyAKnownProxyIsBelievedOfWhomItSpeaks() {
        try (var limited = start(Map.of("RATE_LIMIT_PER_MINUTE", "1", "TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8"))) {
            var door = new Api(limited.url());
            assertThat(forwarded(door, "198.51.100.1")).isEqualTo(200);
            assertThat(forwarded(door, "198.51.100.1")).isEqualTo(429);
            assertThat(forwarded(door, "198.51.100.2")).isEqualTo(200);
            // What the client wrote itself stands before what the proxies added.
            assertThat(forwarded(door, "192.0.2.77, 198.51.100.2")).isEqualTo(429);
            assertThat(forwarded(door, "198.51.100.2, 10.1.1.1")).isEqualTo(429);
            assertThat(forwarded(door, "198.51.100.3, 10.1.1.1")).isEqualTo(200);
            assertThat(forwarded(door, "nonsense")).isEqualTo(200);
            assertThat(forwarded(door, "rubbish")).isEqualTo(429);
        }
    }

    private static int forwarded(Api door, String by) {
        return door.send("GET", "/subscriptions", HttpRequest.newBuilder().header("X-Forwarded-For", by))
                .status();
    }

    private static Api.Reply get(Api door, String key, String... headers) {
        var request = HttpRequest.newBuilder().header("Authorization", "Bearer " + key);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return door.send("GET", "/subscriptions", request);
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://admin.example", "*"})
    void pagesThatAreNamedMayCall(String origins) {
        try (var open = start(Map.of("CORS_ORIGINS", origins, "API_KEYS", ALL))) {
            var door = new Api(open.url());
            var asked = door.plain(
                    "OPTIONS",
                    "/subscriptions",
                    "Origin",
                    "https://admin.example",
                    "Access-Control-Request-Method",
                    "PATCH",
                    "Access-Control-Request-Headers",
                    "authorization,if-match");
            assertThat(asked.statusCode()).isEqualTo(200);
            assertThat(asked.headers().firstValue("Access-Control-Allow-Origin"))
                    .hasValue(origins);
            assertThat(asked.headers()
                            .firstValue("Access-Control-Allow-Methods")
                            .orElseThrow())
                    .contains("PATCH");
            var got = get(door, ALL, "Origin", "https://admin.example");
            assertThat(got.header("Access-Control-Allow-Origin")).isEqualTo(origins);
            assertThat(got.header("Access-Control-Expose-Headers")).contains("ETag", "RateLimit");
            if (!origins.equals("*")) {
                assertThat(door.plain("GET", "/health", "Origin", "https://evil.example")
                                .statusCode())
                        .isEqualTo(403);
            }
        }
    }

    @Test
    void pagesMayNotCallUnlessNamed() {
        var reply = get(api, ALL, "Origin", "https://admin.example");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.header("Access-Control-Allow-Origin")).isNull();
    }
}
