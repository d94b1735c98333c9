package dev.posthorn.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every request that fails is answered with a problem, which names all that is wrong with it. */
class ProblemsTest {
    private static final String SECRET = "whsec_bmV2ZXI=";
    private static final int MOST_PAYLOAD = 256 * 1024;
    private static final int MOST_JSON = 320 * 1024;
    private static final byte[] ONE_BYTE = {1};

    private static StandaloneServer server;
    private static Api api;
    private static String subscription;

    @BeforeAll
    static void start() {
        server = StandaloneServer.start(Settings.from(Map.of("API_PORT", "0", "LOG_LEVEL", "WARN")));
        api = new Api(server.url());
        subscription = api.subscribe("https://example.com/");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void everyFaultOfASubscriptionIsNamed() {
        var reply = api.post("/subscriptions", """
                {
                  "target_url": "ftp://user:password@example.com/",
                  "event_types": [7, "order created"],
                  "secret": "%s",
                  "description": 7,
                  "headers": {"Host": "x", "X-Ok": 7},
                  "metadata": [],
                  "tenant": "a b",
                  "filter": {"and": [{"pointer": "a", "like": 1}, {"pointer": "/a", "not_equals": [1]}]},
                  "max_in_flight": 0,
                  "rate_limit": {"attempts": 0, "per_ms": 0, "burst": 0, "often": true},
                  "timeout_ms": "1 s",
                  "retry": {"delays_ms": ["1s", -1], "jitter": 2, "times": 3},
                  "signature": {"schemes": [7, "rot13"], "shemes": []},
                  "secret_kind": "RSA",
                  "targeturl": "x"
                }""".formatted(SECRET));

        assertProblem(reply, 422, "Unprocessable Content");
        assertThat(reply.faultyFields())
                .containsExactlyInAnyOrder(
                        "target_url",
                        "target_url",
                        "event_types[0]",
                        "event_types[1]",
                        "secret",
                        "description",
                        "headers[Host]",
                        "headers[X-Ok]",
                        "metadata",
                        "tenant",
                        "filter.and[0].pointer",
                        "filter.and[0].like",
                        "filter.and[0]",
                        "filter.and[1].not_equals",
                        "max_in_flight",
                        "rate_limit.attempts",
                        "rate_limit.per_ms",
                        "rate_limit.burst",
                        "rate_limit.often",
                        "timeout_ms",
                        "retry.delays_ms[0]",
                        "retry.delays_ms[1]",
                        "retry.jitter",
                        "retry.times",
                        "signature.schemes[0]",
                        "signature.schemes[1]",
                        "signature.shemes",
                        "secret_kind",
                        "targeturl");
        assertThat(reply.json().toString()).doesNotContain(SECRET, "bmV2ZXI", "user:password");
        assertThat(api.get("/subscriptions").json().get("items").size()).isEqualTo(1);
    }

    /** No number has such an exponent, and reading it as one fails in another way than what is no JSON. */
    @ParameterizedTest
    @ValueSource(strings = {"/subscriptions", "/events"})
    void aNumberThatCannotBeReadIsABadRequest(String path) {
        assertProblem(api.post(path, "{\"payload\": 1e99999999999}"), 400, "Bad Request");
        assertProblem(api.post(path, "[{\"payload\": 1e99999999999}]"), 400, "Bad Request");
    }

    @Test
    void whatIsRequiredIsNamed() {
        assertThat(api.post("/subscriptions", "{}").errors()).containsExactly("target_url: is required");
        assertThat(api.post("/subscriptions", "{\"target_url\":\"https://example.com/\",\"retry\":{}}")
                        .errors())
                .containsExactly("retry.delays_ms: is required");
        assertThat(api.post("/subscriptions", "{\"target_url\":\"https://example.com/\",\"rate_limit\":{}}")
                        .errors())
                .containsExactly("rate_limit.attempts: is required");
        assertThat(api.post("/events", "{}").errors())
                .containsExactly("event_type: is required", "payload: is required");
        assertThat(api.ingest(subscription, ONE_BYTE).errors()).containsExactly("X-Event-Type: is required");
    }

    @Test
    void addressesInsideAreRefused() {
        var reply = api.post("/subscriptions", "{\"target_url\":\"http://127.0.0.1:9000/\"}");

        assertProblem(reply, 422, "Unprocessable Content");
        assertThat(reply.faultyFields()).containsExactly("target_url");
    }

    @Test
    void everyFaultOfARotationIsNamed() {
        var path = "/subscriptions/" + subscription + "/rotate-secret";
        var reply = api.post(path, """
                {
                  "secret": "%s",
                  "secret_kind": "ED25519",
                  "overlap_ms": -1,
                  "keep_other_kind": "yes",
                  "overlap": 7
                }""".formatted(SECRET));

        assertProblem(reply, 422, "Unprocessable Content");
        assertThat(reply.faultyFields())
                .containsExactlyInAnyOrder("secret", "secret_kind", "overlap_ms", "keep_other_kind", "overlap");
        assertThat(reply.json().toString()).doesNotContain(SECRET, "bmV2ZXI");
        assertThat(api.get("/subscriptions/" + subscription).header("ETag")).isEqualTo("\"1\"");
        var noJson = api.send(
                "POST",
                path,
                HttpRequest.newBuilder().header("Content-Type", "text/plain"),
                HttpRequest.BodyPublishers.ofString("{}"));
        assertProblem(noJson, 415, "Unsupported Media Type");
        assertThat(noJson.faultyFields()).containsExactly("Content-Type");
    }

    @Test
    void whatCannotBeReplacedIsNamed() {
        var reply = api.put(
                "/subscriptions/" + subscription,
                "{\"target_url\":\"https://example.com/\",\"secret\":\"" + SECRET
                        + "\",\"tenant\":\"blue\",\"version\":1}");

        assertProblem(reply, 422, "Unprocessable Content");
        assertThat(reply.errors())
                .containsExactly("tenant: cannot be changed", "secret: cannot be changed", "version: is unknown");
    }

    @Test
    void everyFaultOfAnEventIsNamed() {
        var reply = api.post("/events", """
                {
                  "event_type": "order created",
                  "tenant": "a b",
                  "idempotency_key": " ",
                  "not_before": "tomorrow",
                  "priority": 1
                }""");

        assertProblem(reply, 422, "Unprocessable Content");
        assertThat(reply.faultyFields())
                .containsExactlyInAnyOrder(
                        "event_type", "payload", "tenant", "idempotency_key", "not_before", "priority");
    }

    @Test
    void everyFaultOfIngestedBytesIsNamed() {
        var reply = api.ingest(
                subscription,
                ONE_BYTE,
                "X-Event-Type",
                "order created",
                "Content-Type",
                "nothing",
                "Idempotency-Key",
                "x".repeat(256));

        assertProblem(reply, 400, "Bad Request");
        assertThat(reply.faultyFields()).containsExactlyInAnyOrder("X-Event-Type", "Content-Type", "Idempotency-Key");
    }

    @Test
    void everyFaultOfAQueryIsNamed() {
        assertThat(api.get("/subscriptions/" + subscription + "/deliveries?limit=many&status=DONE&after=x&stat=1")
                        .faultyFields())
                .containsExactlyInAnyOrder("limit", "status", "after", "stat");
        assertThat(api.get("/subscriptions?limit=1001&order=asc").faultyFields())
                .containsExactlyInAnyOrder("limit", "order");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{\"secret\":\"" + SECRET + "\",",
                "{\"secret\":" + SECRET + "}",
                "[]",
                "7",
                "{} {}",
                "{\"target_url\":\"a\",\"target_url\":\"b\"}"
            })
    void whatIsNoJsonObjectIsRefused(String body) {
        var reply = api.post("/subscriptions", body);

        assertProblem(reply, 400, "Bad Request");
        assertThat(reply.faultyFields()).containsExactly("body");
        assertThat(reply.json().toString()).doesNotContain("bmV2ZXI");
    }

    @Test
    void jsonThatIsNestedTooDeepIsRefused() {
        var reply = api.post("/events", "[".repeat(100_000));

        assertProblem(reply, 400, "Bad Request");
    }

    @Test
    void bodiesThatAreTooLargeAreRefused() {
        var tooMuch = new byte[MOST_PAYLOAD + 1];
        var json = "{\"event_type\":\"a\",\"payload\":\"" + "x".repeat(MOST_PAYLOAD) + "\"}";

        assertTooLarge(api.ingest(subscription, tooMuch, "X-Event-Type", "a"), "body");
        assertTooLarge(
                api.send(
                        "POST",
                        "/ingest/" + subscription,
                        HttpRequest.newBuilder().header("X-Event-Type", "a"),
                        BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(tooMuch))),
                "body");
        assertTooLarge(api.post("/events", json), "payload");
        assertTooLarge(api.post("/events", "{" + " ".repeat(MOST_JSON) + "}"), "body");
        assertThat(api.ingest(subscription, new byte[MOST_PAYLOAD], "X-Event-Type", "a")
                        .status())
                .isEqualTo(202);
    }

    private static void assertTooLarge(Api.Reply reply, String field) {
        assertProblem(reply, 413, "Content Too Large");
        assertThat(reply.faultyFields()).containsExactly(field);
    }

    @Test
    void compressedBodiesAreRefused() {
        assertProblem(
                api.ingest(subscription, ONE_BYTE, "X-Event-Type", "a", "Content-Encoding", "gzip"),
                415,
                "Unsupported Media Type");
    }

    @Test
    void whatIsNotThereIsNotFound() {
        var id = UUID.randomUUID();

        assertProblem(api.get("/subscriptions/" + id), 404, "Not Found");
        assertProblem(api.delete("/subscriptions/" + id), 404, "Not Found");
        assertProblem(api.get("/subscriptions/" + id + "/deliveries"), 404, "Not Found");
        assertProblem(api.get("/delivery/" + id), 404, "Not Found");
        assertProblem(api.ingest(id.toString(), ONE_BYTE, "X-Event-Type", "a"), 404, "Not Found");
        assertProblem(api.get("/"), 404, "Not Found");
        assertProblem(api.get("/subscription"), 404, "Not Found");
    }

    @Test
    void idsInPathsAreUuids() {
        var reply = api.get("/subscriptions/7");

        assertProblem(reply, 400, "Bad Request");
        assertThat(reply.errors()).containsExactly("id: must be a UUID");
        assertThat(api.ingest("7", ONE_BYTE).errors()).containsExactly("subscription_id: must be a UUID");
    }

    @Test
    void methodsAndMediaTypesAreChecked() {
        var patched = api.send("PATCH", "/subscriptions", HttpRequest.newBuilder());
        assertProblem(patched, 405, "Method Not Allowed");
        assertThat(patched.header("Allow")).contains("GET", "POST");

        var form = HttpRequest.newBuilder().header("Content-Type", "application/x-www-form-urlencoded");
        assertProblem(api.send("POST", "/events", form, BodyPublishers.ofString("a=1")), 415, "Unsupported Media Type");
    }

    @Test
    void everyAnswerIsJsonWhateverIsAskedFor() {
        var reply = api.ingest(subscription, ONE_BYTE, "X-Event-Type", "a", "Accept", "text/html");

        assertThat(reply.status()).isEqualTo(202);
        assertThat(reply.header("Content-Type")).startsWith("application/json");
    }

    @Test
    void whatTomcatRefusesIsAProblemToo() throws IOException {
        var address = URI.create(server.url());
        try (var socket = new Socket(address.getHost(), address.getPort())) {
            socket.getOutputStream()
                    .write("GET /{ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".getBytes(ISO_8859_1));

            var answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);

            assertThat(answer)
                    .startsWith("HTTP/1.1 400")
                    .contains("application/problem+json")
                    .endsWith("{\"title\":\"Bad Request\",\"status\":400,\"errors\":[]}");
        }
    }

    private static void assertProblem(Api.Reply reply, int status, String title) {
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.header("Content-Type")).startsWith("application/problem+json");
        assertThat(reply.json().get("status").intValue()).isEqualTo(status);
        assertThat(reply.text("title")).isEqualTo(title);
        assertThat(reply.json().get("errors").isArray()).isTrue();
    }
}
