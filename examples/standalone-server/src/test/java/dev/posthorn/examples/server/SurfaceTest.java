package dev.posthorn.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.tck.Answer;
import dev.posthorn.webhook.tck.RecordingReceiver;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** Every route, over HTTP. {@link Api} checks each answer against the description; here is what the routes do. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SurfaceTest {
    private static final String NDJSON = "application/x-ndjson";

    private static StandaloneServer server;
    private static Api api;

    private RecordingReceiver receiver;

    @BeforeAll
    static void start() {
        server = StandaloneServer.start(Settings.from(Map.of(
                "API_PORT", "0", "ALLOWED_NETWORKS", "127.0.0.0/8", "RETRY_SCHEDULE", "1ms", "LOG_LEVEL", "WARN")));
        api = new Api(server.url());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void receive() {
        receiver = RecordingReceiver.start();
    }

    @AfterEach
    void stopReceiving() {
        receiver.close();
    }

    private String failed(String subscription) {
        receiver.onAnyPath().next(500, 500);
        var delivery = api.ingest(subscription, new byte[] {1}, "X-Event-Type", "order.created")
                .text("delivery_task_id");
        api.awaitDelivery(delivery, "FAILED");
        return delivery;
    }

    @Test
    void aPatchChangesWhatItNamesAndNothingElse() {
        var path = api.post("/subscriptions", """
                        {"target_url": "https://example.com/", "description": "old", "headers": {"X-A": "1"},
                         "metadata": {"a": "1", "b": "2"}, "max_in_flight": 4, "timeout_ms": 1000,
                         "rate_limit": {"attempts": 5}, "retry": {"delays_ms": [7]},
                         "signature": {"schemes": ["github"]}, "filter": {"pointer": "/a", "equals": 1}}""").header("Location");
        var before = api.get(path);

        var same = api.patch(path, "{}");
        assertThat(same.json().get("version").intValue()).isEqualTo(2);
        var changed = api.patch(
                path,
                "{\"description\":\"new\",\"max_in_flight\":null,\"metadata\":{\"c\":\"3\"}}",
                "If-Match",
                "\"2\"");

        assertThat(changed.status()).isEqualTo(200);
        assertThat(changed.header("ETag")).isEqualTo("\"3\"");
        assertThat(changed.text("description")).isEqualTo("new");
        assertThat(changed.json().get("max_in_flight").isNull()).isTrue();
        assertThat(changed.json().get("metadata").toString()).isEqualTo("{\"c\":\"3\"}");
        for (var field : List.of(
                "target_url", "headers", "timeout_ms", "rate_limit", "retry", "signature", "filter", "event_types")) {
            assertThat(changed.json().get(field))
                    .as(field)
                    .isEqualTo(before.json().get(field));
        }
        assertThat(api.patch(path, "{\"description\":\"x\"}", "If-Match", "\"1\"")
                        .status())
                .isEqualTo(412);
        var refused =
                api.patch(path, "{\"target_url\":null,\"tenant\":\"a\",\"secret\":\"b\",\"id\":\"c\",\"retry\":7}");
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.faultyFields()).containsExactlyInAnyOrder("target_url", "tenant", "secret", "id", "retry");
        assertThat(api.get(path).text("description")).isEqualTo("new");
        assertThat(api.patch("/subscriptions/" + UUID.randomUUID(), "{}").status())
                .isEqualTo(404);
    }

    @Test
    void aDisabledSubscriptionGetsNothingUntilItIsEnabled() {
        var id = api.subscribe(receiver.url("/"));
        var path = "/subscriptions/" + id;
        api.post(path + "/pause", "");
        var waiting = api.ingest(id, new byte[] {1}, "X-Event-Type", "a").text("delivery_task_id");
        assertThat(api.post(path + "/enable", "").status()).isEqualTo(409);

        var disabled = api.post(path + "/disable", "");

        assertThat(disabled.text("status")).isEqualTo("DISABLED");
        assertThat(disabled.text("disabled_reason")).isEqualTo("BY_HAND");
        assertThat(api.ingest(id, new byte[] {1}, "X-Event-Type", "a").status()).isEqualTo(409);
        assertThat(api.post(path + "/pause", "").status()).isEqualTo(409);
        assertThat(api.post(path + "/resume", "").status()).isEqualTo(409);
        assertThat(api.post(path + "/test", "").status()).isEqualTo(409);
        assertThat(api.post(path + "/retry-failed", "{\"since\":\"2020-01-01T00:00:00Z\"}")
                        .status())
                .isEqualTo(409);
        assertThat(api.post(path + "/enable", "{\"waiting\":\"LATER\"}").faultyFields())
                .containsExactly("waiting");
        var enabled = api.post(path + "/enable", "{\"waiting\":\"DROP\"}");
        assertThat(enabled.text("status")).isEqualTo("ACTIVE");
        api.awaitDelivery(waiting, "CANCELLED");
        assertThat(receiver.requests()).isEmpty();
    }

    @Test
    void whatWaitedForADisabledSubscriptionIsDeliveredOnceItIsEnabled() {
        var id = api.subscribe(receiver.url("/"));
        api.post("/subscriptions/" + id + "/pause", "");
        var waiting = api.ingest(id, new byte[] {1}, "X-Event-Type", "a").text("delivery_task_id");
        api.post("/subscriptions/" + id + "/disable", "");

        assertThat(api.send("POST", "/subscriptions/" + id + "/enable", HttpRequest.newBuilder())
                        .text("status"))
                .isEqualTo("ACTIVE");

        api.awaitDelivery(waiting, "SUCCEEDED");
    }

    @Test
    void aTestReachesAnEndpointThatWantsOtherTypes() {
        var id = api.subscribe(receiver.url("/"), "order.*");

        var plain = api.send("POST", "/subscriptions/" + id + "/test", HttpRequest.newBuilder());
        var own = api.post("/subscriptions/" + id + "/test", "{\"event_type\":\"my.test\",\"payload\":[1]}");

        assertThat(plain.status()).isEqualTo(202);
        api.awaitDelivery(plain.text("delivery_task_id"), "SUCCEEDED");
        api.awaitDelivery(own.text("delivery_task_id"), "SUCCEEDED");
        assertThat(receiver.requests())
                .extracting(request -> request.header("webhook-event-type").orElseThrow() + " "
                        + request.body().toUtf8String())
                .containsExactlyInAnyOrder("webhook.test {\"test\":true}", "my.test [1]");
        assertThat(api.post("/subscriptions/" + id + "/test", "{\"event_type\":\"a b\",\"x\":1}")
                        .faultyFields())
                .containsExactlyInAnyOrder("event_type", "x");
    }

    @Test
    void failedDeliveriesAreTriedAgainPageByPage() {
        var id = api.subscribe(receiver.url("/"));
        var one = failed(id);
        var two = failed(id);
        var path = "/subscriptions/" + id + "/retry-failed";

        var first = api.post(path, "{\"since\":\"2020-01-01T00:00:00Z\",\"limit\":1,\"per_second\":10000}");
        assertThat(first.status()).isEqualTo(202);
        assertThat(first.json().get("retried").intValue()).isEqualTo(1);
        api.awaitDelivery(two, "SUCCEEDED");
        assertThat(api.get("/delivery/" + one).text("status")).isEqualTo("FAILED");
        var second = api.post(path, "{\"since\":\"2020-01-01T00:00:00Z\",\"after\":\"" + first.text("next") + "\"}");

        assertThat(second.json().get("next").isNull()).isTrue();
        api.awaitDelivery(one, "SUCCEEDED");
        assertThat(api.post(path, "{\"since\":\"" + Instant.now().plusSeconds(60) + "\"}")
                        .json()
                        .get("retried")
                        .intValue())
                .isZero();
        assertThat(api.post(path, "{\"since\":\"today\",\"per_second\":0,\"limit\":\"all\",\"to\":1}")
                        .faultyFields())
                .containsExactlyInAnyOrder("since", "limit", "to");
        assertThat(api.post(path, "{\"since\":\"2020-01-01T00:00:00Z\",\"per_second\":0,\"after\":\"x\"}")
                        .faultyFields())
                .containsExactlyInAnyOrder("per_second", "after");
    }

    @Test
    void failedDeliveriesCanGoToAnotherSubscription() {
        var id = api.subscribe(receiver.url("/old"));
        failed(id);
        var other = api.subscribe(receiver.url("/new"));
        var stranger = api.post("/subscriptions", "{\"target_url\":\"https://example.com/\",\"tenant\":\"stranger\"}")
                .text("id");
        var path = "/subscriptions/" + id + "/retry-failed";
        var body = "{\"since\":\"2020-01-01T00:00:00Z\",\"target_subscription_id\":\"%s\"}";

        assertThat(api.post(path, body.formatted(stranger)).errors())
                .containsExactly("target_subscription_id: must be a subscription of the same tenant");
        assertThat(api.post(path, body.formatted(id)).status()).isEqualTo(422);
        for (int expected : new int[] {1, 0}) {
            assertThat(api.post(path, body.formatted(other))
                            .json()
                            .get("retried")
                            .intValue())
                    .isEqualTo(expected);
        }

        var sent = api.get("/deliveries?subscription_id=" + other).json().get("items");
        assertThat(sent.size()).isEqualTo(1);
        api.awaitDelivery(sent.get(0).get("id").stringValue(), "SUCCEEDED");
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", NDJSON})
    void manyEventsAreStoredTogetherOrNotAtAll(String type) {
        var tenant = "many-" + type.length();
        var id = api.post(
                        "/subscriptions",
                        "{\"target_url\":\"" + receiver.url("/") + "\",\"tenant\":\"" + tenant + "\"}")
                .text("id");
        var events = IntStream.range(0, 1_000)
                .mapToObj(n -> "{\"event_type\":\"many\",\"tenant\":\"" + tenant + "\",\"payload\":{\"n\":" + n + "}}")
                .collect(Collectors.toCollection(ArrayList::new));

        var published = events(type, events);

        assertThat(published.status()).isEqualTo(202);
        assertThat(published.json().get("items").size()).isEqualTo(1_000);
        var last = published.json().get("items").get(999);
        var delivery = api.awaitDelivery(last.get("delivery_ids").get(0).stringValue(), "SUCCEEDED");
        assertThat(delivery.text("payload")).isEqualTo("{\"n\":999}");
        assertThat(delivery.text("subscription_id")).isEqualTo(id);

        events.set(7, "{\"event_type\":\"a b\",\"payload\":1}");
        events.set(9, "{\"event_type\":\"many\",\"payload\":1,\"priority\":1,\"not_before\":\"soon\"}");
        var refused = events(type, events);
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.faultyFields())
                .containsExactlyInAnyOrder("events[7].event_type", "events[9].priority", "events[9].not_before");
        events.add("{}");
        assertThat(events(type, events).status()).isEqualTo(413);
        assertThat(events(type, List.of()).errors()).containsExactly("body: must have at least one event");
        assertThat(events(type, List.of("{\"event_type\":\"a\",\"payload\":1}", "7"))
                        .status())
                .isEqualTo(400);
        assertThat(events(type, List.of("{\"event_type\":\"a\",\"event_type\":\"b\"}"))
                        .status())
                .isEqualTo(400);
        assertThat(events(type, List.of("{\"event_type\":\"a\"")).status()).isEqualTo(400);
        assertThat(api.get("/deliveries?limit=1000&subscription_id=" + id)
                        .json()
                        .get("items")
                        .size())
                .isEqualTo(1_000);
    }

    private static Api.Reply events(String type, List<String> events) {
        var body = type.equals(NDJSON) ? String.join("\n", events) + "\n" : "[" + String.join(",", events) + "]";
        return api.send(
                "POST",
                "/events",
                HttpRequest.newBuilder().header("Content-Type", type),
                BodyPublishers.ofString(body));
    }

    @Test
    void whatComesAfterAnArrayIsRefused() {
        assertThat(api.post("/events", "[{\"event_type\":\"a\",\"payload\":1}] []")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void bodiesWhoseLengthIsNotToldAreRead() {
        var event = "{\"event_type\":\"a\",\"payload\":\"" + "x".repeat(100_000) + "\"}";
        var body = ("[" + event + "," + event + "]").getBytes(UTF_8);
        var request = HttpRequest.newBuilder().header("Content-Type", "application/json");

        var published = api.send(
                "POST", "/events", request, BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)));

        assertThat(published.status()).isEqualTo(202);
        assertThat(published.json().get("items").size()).isEqualTo(2);
    }

    @Test
    void anEventCanBeLookedUp() {
        var published = api.post(
                "/events",
                "{\"event_type\":\"a\",\"payload\":{\"b\":1},\"tenant\":\"blue\",\"headers\":{\"X-A\":\"1\"}}");

        var event = api.get("/events/" + published.text("event_id"));

        assertThat(event.status()).isEqualTo(200);
        assertThat(event.text("payload")).isEqualTo("{\"b\":1}");
        assertThat(event.text("event_type")).isEqualTo("a");
        assertThat(event.text("tenant")).isEqualTo("blue");
        assertThat(event.json().get("headers").toString()).isEqualTo("{\"X-A\":\"1\"}");
        assertThat(api.get("/events/" + UUID.randomUUID()).status()).isEqualTo(404);
    }

    @Test
    void deliveriesAreListedByWhatTheyAre() {
        var tenant = "tenant-" + UUID.randomUUID();
        var one = api.post(
                        "/subscriptions",
                        "{\"target_url\":\"" + receiver.url("/1") + "\",\"tenant\":\"" + tenant + "\"}")
                .text("id");
        var two = api.post(
                        "/subscriptions",
                        "{\"target_url\":\"" + receiver.url("/2") + "\",\"tenant\":\"" + tenant + "\"}")
                .text("id");
        var gone = failed(one);
        var before = api.get("/delivery/" + gone).text("created_at");
        var good = api.ingest(two, new byte[] {1}, "X-Event-Type", "b").text("delivery_task_id");
        api.awaitDelivery(good, "SUCCEEDED");
        var after = api.get("/delivery/" + good).text("created_at");
        var list = "/deliveries?tenant=" + tenant;

        assertThat(ids(list)).containsExactly(good, gone);
        assertThat(ids(list + "&status=FAILED")).containsExactly(gone);
        assertThat(ids(list + "&subscription_id=" + two)).containsExactly(good);
        assertThat(ids(list + "&event_type=b")).containsExactly(good);
        assertThat(ids(list + "&since=" + after)).containsExactly(good);
        assertThat(ids(list + "&until=" + after)).containsExactly(gone);
        assertThat(ids(list + "&until=" + before)).isEmpty();
        var page = api.get(list + "&limit=1");
        assertThat(ids(list + "&limit=1&after=" + page.text("next"))).containsExactly(gone);
        assertThat(api.get("/deliveries?since=x&until=y&subscription_id=z&status=OPEN&limit=0&tenants=a")
                        .faultyFields())
                .contains("since", "until", "subscription_id", "status", "tenants");
    }

    private static List<String> ids(String path) {
        var ids = new ArrayList<String>();
        api.get(path).json().get("items").forEach(item -> ids.add(item.get("id").stringValue()));
        return ids;
    }

    @Test
    void aDeliveryCanBeTriedAgainAndCancelled() {
        var id = api.subscribe(receiver.url("/"));
        var delivery = failed(id);

        assertThat(api.post("/deliveries/" + delivery + "/cancel", "").status()).isEqualTo(409);
        var retried = api.post("/deliveries/" + delivery + "/retry", "");
        assertThat(retried.status()).isEqualTo(200);
        assertThat(api.awaitDelivery(delivery, "SUCCEEDED")
                        .json()
                        .get("attempt_count")
                        .intValue())
                .isEqualTo(3);

        api.post("/subscriptions/" + id + "/pause", "");
        var waiting = api.ingest(id, new byte[] {1}, "X-Event-Type", "a").text("delivery_task_id");
        assertThat(api.post("/deliveries/" + waiting + "/cancel", "").text("status"))
                .isEqualTo("CANCELLED");
        for (var action : List.of("retry", "cancel")) {
            assertThat(api.post("/deliveries/" + UUID.randomUUID() + "/" + action, "")
                            .status())
                    .isEqualTo(404);
        }
    }

    @Test
    void aSignatureIsCheckedWhereItIsThereAndDemandedWhereTheSubscriptionSaysSo() throws Exception {
        var secret = SigningSecret.generate();
        var id = api.post(
                        "/subscriptions",
                        "{\"target_url\":\"" + receiver.url("/") + "\",\"secret\":\"" + secret.reveal() + "\"}")
                .text("id");
        byte[] payload = "{\"a\":1}".getBytes(UTF_8);
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.reveal().getBytes(UTF_8), "HmacSHA256"));
        var right = HexFormat.of().formatHex(mac.doFinal(payload));
        var wrong = HexFormat.of().formatHex(new byte[32]);

        assertThat(ingest(id, payload).status()).isEqualTo(202);
        assertThat(ingest(id, payload, "X-Webhook-Signature", right).status()).isEqualTo(202);
        var refused = ingest(id, payload, "X-Webhook-Signature", wrong);
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.faultyFields()).containsExactly("X-Webhook-Signature");
        assertThat(ingest(id, "{\"a\":2}".getBytes(UTF_8), "X-Webhook-Signature", right)
                        .status())
                .isEqualTo(401);

        api.patch("/subscriptions/" + id, "{\"signature\":{\"required\":true}}");
        assertThat(ingest(id, payload).errors()).containsExactly("X-Webhook-Signature: is required");
        assertThat(ingest(id, payload).status()).isEqualTo(401);
        assertThat(ingest(id, payload, "X-Webhook-Signature", right).status()).isEqualTo(202);
        assertThat(ids("/subscriptions/" + id + "/deliveries")).hasSize(3);
    }

    private static Api.Reply ingest(String id, byte[] payload, String... headers) {
        var all = new ArrayList<>(List.of("X-Event-Type", "a"));
        all.addAll(List.of(headers));
        return api.ingest(id, payload, all.toArray(String[]::new));
    }

    @Test
    void theDescriptionAndItsPageAreServed() {
        var description = api.get("/openapi.json");
        assertThat(description.json()).isEqualTo(Api.DESCRIPTION.json());

        var page = new String(api.get("/docs").response().body(), UTF_8);
        assertThat(page).contains("docs/swagger-ui-bundle.js", "docs/swagger-ui.css", "docs/docs.js");
        for (var asset : List.of("swagger-ui-bundle.js", "swagger-ui.css", "docs.js")) {
            var reply = api.plain("/docs/" + asset);
            assertThat(reply.statusCode()).isEqualTo(200);
            assertThat(reply.body().length).isPositive();
        }
        assertThat(api.get("/docs/pom.properties").status()).isEqualTo(404);
        assertThat(api.plain("/docs/..%2Fopenapi.json").statusCode()).isEqualTo(400);
    }

    @Test
    void aContainersHealthCheckAsksWhetherItIsWell() {
        assertThat(HealthCheck.isWell(server.url())).isTrue();
        assertThat(HealthCheck.isWell(server.url() + "/not-here")).isFalse();
        assertThat(HealthCheck.isWell("http://127.0.0.1:1")).isFalse();
    }

    @Test
    void figuresAreInPrometheusFormat() {
        var metrics = new String(api.get("/metrics").response().body(), UTF_8);

        assertThat(metrics).contains("# TYPE jvm_memory_used_bytes gauge", "http_server_requests_seconds_count");
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void everyRouteIsDescribedAndEveryDescribedRouteWasTried() {
        receiver.onAnyPath().byDefault(Answer.status(200));
        var path = "/subscriptions/" + api.subscribe(receiver.url("/"));
        api.put(path, "{\"target_url\":\"https://example.com/\"}");
        api.post(path + "/rotate-secret", "{}");
        api.post(path + "/pause", "");
        api.post(path + "/resume", "");
        api.get("/subscriptions");
        api.get("/health");
        api.get("/deliveries/" + ids("/deliveries").get(0));
        api.delete(path);

        var routes = new TreeSet<String>();
        server.context()
                .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
                .getHandlerMethods()
                .forEach((mapping, method) -> mapping.getPatternValues()
                        .forEach(pattern -> mapping.getMethodsCondition()
                                .getMethods()
                                .forEach(verb -> routes.add(verb + " " + pattern))));
        routes.remove("GET /docs/{name}");
        assertThat(routes).isEqualTo(Api.DESCRIPTION.operations());
        var tried = Api.DESCRIPTION.seen().stream()
                .filter(seen -> seen.matches(".* 2\\d\\d"))
                .map(seen -> seen.substring(0, seen.lastIndexOf(' ')))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(tried).isEqualTo(routes);
    }
}
