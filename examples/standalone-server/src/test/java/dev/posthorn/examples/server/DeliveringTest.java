package dev.posthorn.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.WebhookVerifier;
import dev.posthorn.webhook.tck.Answer;
import dev.posthorn.webhook.tck.RecordingReceiver;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is published arrives, and the log says so. */
class DeliveringTest {
    private static final String SECRET = "whsec_cXVpY2stc3RhcnQtc2VjcmV0LW9mLTMyLWJ5dGVzISE=";

    private static StandaloneServer server;
    private static Api api;

    private RecordingReceiver receiver;

    @BeforeAll
    static void start() {
        server = start("0");
        api = new Api(server.url());
    }

    private static StandaloneServer start(String port) {
        return StandaloneServer.start(Settings.from(Map.of(
                "API_PORT",
                port,
                "ALLOWED_NETWORKS",
                "127.0.0.0/8",
                "RETRY_SCHEDULE",
                "1ms,10ms",
                "LOG_LEVEL",
                "WARN")));
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

    @Test
    void whatIsIngestedIsDeliveredSignedAndUntouched() {
        receiver.onAnyPath().byDefault(Answer.status(200).body(Bytes.utf8("thanks")));
        var subscription = api.post(
                "/subscriptions", "{\"target_url\":\"" + receiver.url("/hooks") + "\",\"secret\":\"" + SECRET + "\"}");
        assertThat(subscription.status()).isEqualTo(201);
        byte[] payload = "{ \"order\" : 1.00,\r\n\"name\":\"Zoë\" }".getBytes(UTF_8);

        var ingested = api.ingest(
                subscription.text("id"), payload, "X-Event-Type", "order.created", "Content-Type", "application/json");

        assertThat(ingested.status()).isEqualTo(202);
        assertThat(ingested.text("status")).isEqualTo("ACCEPTED");
        assertThat(ingested.json().get("duplicate").booleanValue()).isFalse();
        var request = receiver.await(1).get(0);
        assertThat(request.body().toByteArray()).isEqualTo(payload);
        assertThat(request.header("content-type")).hasValue("application/json");
        assertThat(request.header("webhook-event-type")).hasValue("order.created");
        assertThat(WebhookVerifier.of(SECRET)
                        .verify(name -> request.header(name).orElse(null), payload))
                .isEqualTo(ingested.text("event_id"));

        var delivery = api.awaitDelivery(ingested.text("delivery_task_id"), "SUCCEEDED");
        assertThat(delivery.json().propertyNames())
                .contains(
                        "id",
                        "event_id",
                        "subscription_id",
                        "event_type",
                        "status",
                        "attempt_count",
                        "next_attempt_at",
                        "created_at",
                        "completed_at",
                        "failure");
        assertThat(delivery.json().get("attempt_count").intValue()).isEqualTo(1);
        assertThat(delivery.text("payload")).isEqualTo(new String(payload, UTF_8));
        assertThat(delivery.text("payload_encoding")).isEqualTo("utf-8");
        assertThat(delivery.text("content_type")).isEqualTo("application/json");
        var attempt = delivery.json().get("attempts").get(0);
        assertThat(attempt.get("attempt_number").intValue()).isEqualTo(1);
        assertThat(attempt.get("outcome").stringValue()).isEqualTo("SUCCEEDED");
        assertThat(attempt.get("status_code").intValue()).isEqualTo(200);
        assertThat(attempt.get("response_body").stringValue()).isEqualTo("thanks");
        assertThat(Instant.parse(attempt.get("started_at").stringValue())).isBefore(Instant.now());
        assertThat(api.get("/deliveries/" + delivery.text("id")).json()).isEqualTo(delivery.json());
    }

    @Test
    void aReceiverThatFailsTwiceIsTriedThreeTimes() {
        receiver.onAnyPath().next(500, 503);
        var id = api.subscribe(receiver.url("/"));

        var ingested = api.ingest(id, new byte[] {1}, "X-Event-Type", "order.created");

        var delivery = api.awaitDelivery(ingested.text("delivery_task_id"), "SUCCEEDED");
        assertThat(attempts(delivery)).containsExactly("1 REJECTED 500", "2 REJECTED 503", "3 SUCCEEDED 200");
        assertThat(receiver.requests())
                .extracting(request -> request.header("webhook-attempt").orElseThrow())
                .containsExactly("1", "2", "3");
        assertThat(receiver.requests())
                .extracting(request -> request.header("webhook-id").orElseThrow())
                .containsOnly(ingested.text("event_id"));
    }

    @Test
    void aDeliveryThatFailsEachTimeIsGivenUp() {
        receiver.onAnyPath().byDefault(Answer.status(500));
        var id = api.subscribe(receiver.url("/"));

        var ingested = api.ingest(id, new byte[] {1}, "X-Event-Type", "order.created");

        var delivery = api.awaitDelivery(ingested.text("delivery_task_id"), "FAILED");
        assertThat(delivery.text("failure")).isEqualTo("EXHAUSTED");
        assertThat(delivery.json().get("attempt_count").intValue()).isEqualTo(3);
        assertThat(delivery.json().get("next_attempt_at").isNull()).isTrue();
    }

    @Test
    void aSubscriptionsOwnScheduleWins() {
        receiver.onAnyPath().byDefault(Answer.status(500));
        var id = api.post(
                        "/subscriptions",
                        "{\"target_url\":\"" + receiver.url("/") + "\",\"retry\":{\"delays_ms\":[],\"jitter\":0}}")
                .text("id");

        var ingested = api.ingest(id, new byte[] {1}, "X-Event-Type", "order.created");

        var delivery = api.awaitDelivery(ingested.text("delivery_task_id"), "FAILED");
        assertThat(delivery.json().get("attempt_count").intValue()).isEqualTo(1);
    }

    @Test
    void formsAreBytesLikeAnyOther() {
        var id = api.subscribe(receiver.url("/"));
        for (var type : List.of("application/x-www-form-urlencoded", "multipart/form-data; boundary=x")) {
            byte[] payload = ("a=1&b=%20 " + type).getBytes(UTF_8);

            var ingested = api.ingest(id, payload, "X-Event-Type", "form", "Content-Type", type);

            assertThat(ingested.status()).isEqualTo(202);
            var sent = receiver.await(
                    all -> all.stream()
                            .anyMatch(request -> request.header("content-type").equals(Optional.of(type))),
                    type,
                    Duration.ofSeconds(10));
            assertThat(sent.get(sent.size() - 1).body().toByteArray()).isEqualTo(payload);
        }
    }

    @Test
    void bytesThatAreNoTextAreShownInBase64() {
        var id = api.subscribe(receiver.url("/"));

        var ingested = api.ingest(id, new byte[] {(byte) 0xff, 0}, "X-Event-Type", "picture");

        var delivery = api.awaitDelivery(ingested.text("delivery_task_id"), "SUCCEEDED");
        assertThat(delivery.text("payload")).isEqualTo("/wA=");
        assertThat(delivery.text("payload_encoding")).isEqualTo("base64");
        assertThat(delivery.text("content_type")).isEqualTo("application/octet-stream");
    }

    @Test
    void aTypeThatIsNotWantedIsIgnored() {
        var id = api.subscribe(receiver.url("/"), "order.*");

        var ingested = api.ingest(id, new byte[] {1}, "X-Event-Type", "user.created");

        assertThat(ingested.status()).isEqualTo(200);
        assertThat(ingested.text("status")).isEqualTo("IGNORED");
        assertThat(ingested.json().get("delivery_task_id").isNull()).isTrue();
        assertThat(ingested.json().get("delivery_ids").isEmpty()).isTrue();
    }

    @Test
    void anIdempotencyKeyPublishesOnce() {
        var id = api.subscribe(receiver.url("/"));
        var headers = new String[] {"X-Event-Type", "order.created", "Idempotency-Key", "ingest-1"};

        var first = api.ingest(id, new byte[] {1}, headers);
        var second = api.ingest(id, new byte[] {1}, headers);
        var other = api.ingest(id, new byte[] {2}, headers);

        assertThat(second.status()).isEqualTo(202);
        assertThat(second.json().get("duplicate").booleanValue()).isTrue();
        assertThat(second.text("delivery_task_id")).isEqualTo(first.text("delivery_task_id"));
        assertThat(other.status()).isEqualTo(409);
    }

    @Test
    void anEventReachesEverySubscriptionOfItsTenantThatWantsIt() {
        api.post("/subscriptions", subscription("/all", "blue", "*"));
        api.post("/subscriptions", subscription("/orders", "blue", "order.*"));
        api.post("/subscriptions", subscription("/users", "blue", "user.*"));
        api.post("/subscriptions", subscription("/other", "red", "*"));

        var published = api.post(
                "/events",
                "{\"event_type\":\"order.created\",\"tenant\":\"blue\",\"payload\": {\"n\": 1.00, \"o\":[ ]}}");

        assertThat(published.status()).isEqualTo(202);
        assertThat(published.json().get("delivery_ids").size()).isEqualTo(2);
        var sent = receiver.await(2);
        assertThat(sent).extracting(request -> request.path()).containsExactlyInAnyOrder("/all", "/orders");
        assertThat(sent).extracting(request -> request.body()).containsOnly(Bytes.utf8("{\"n\":1.00,\"o\":[]}"));
        assertThat(sent)
                .extracting(request -> request.header("content-type").orElseThrow())
                .containsOnly("application/json");
    }

    private String subscription(String path, String tenant, String type) {
        return "{\"target_url\":\"" + receiver.url(path) + "\",\"tenant\":\"" + tenant + "\",\"event_types\":[\"" + type
                + "\"]}";
    }

    @Test
    void anEventCanWaitAndIsPublishedOnce() {
        var id = api.subscribe(receiver.url("/"), "reminder");
        var inAnHour = Instant.now().plus(Duration.ofHours(1)).toString();
        var event = "{\"event_type\":\"reminder\",\"payload\":null,\"idempotency_key\":\"events-1\",\"not_before\":\""
                + inAnHour + "\"}";

        var first = api.post("/events", event);
        var second = api.post("/events", event);

        assertThat(second.json().get("duplicate").booleanValue()).isTrue();
        assertThat(second.text("event_id")).isEqualTo(first.text("event_id"));
        var waiting = api.get("/subscriptions/" + id + "/deliveries").json().get("items");
        assertThat(waiting.size()).isEqualTo(1);
        assertThat(waiting.get(0).get("status").stringValue()).isEqualTo("PENDING");
        assertThat(Instant.parse(waiting.get(0).get("next_attempt_at").stringValue()))
                .isAfter(Instant.now().plus(Duration.ofMinutes(59)));
        assertThat(receiver.requests()).isEmpty();
    }

    @Test
    void deliveriesAreListedInPages() {
        var id = api.subscribe(receiver.url("/"));
        var ids = Stream.of("a", "b", "a")
                .map(type ->
                        api.ingest(id, new byte[] {1}, "X-Event-Type", type).text("delivery_task_id"))
                .toList();
        ids.forEach(each -> api.awaitDelivery(each, "SUCCEEDED"));
        var list = "/subscriptions/" + id + "/deliveries";

        var first = api.get(list + "?limit=2");
        var second = api.get(list + "?limit=2&after=" + first.text("next"));

        assertThat(idsOf(first)).containsExactly(ids.get(2), ids.get(1));
        assertThat(idsOf(second)).containsExactly(ids.get(0));
        assertThat(second.json().get("next").isNull()).isTrue();
        assertThat(idsOf(api.get(list + "?event_type=a"))).containsExactly(ids.get(2), ids.get(0));
        assertThat(idsOf(api.get(list + "?status=FAILED"))).isEmpty();
    }

    @Test
    void anEndpointThatCannotBeFoundIsLoggedAsSuch() {
        var id = api.subscribe("http://nowhere.invalid/");

        var ingested = api.ingest(id, new byte[] {1}, "X-Event-Type", "a");

        var delivery = api.awaitDelivery(ingested.text("delivery_task_id"), "FAILED");
        assertThat(attempts(delivery)).containsOnly("1 UNRESOLVED null", "2 UNRESOLVED null", "3 UNRESOLVED null");
    }

    @Test
    void healthSaysHowEachPartIs() {
        // Just started, it has not yet said that it lives.
        var health = await().until(
                        () -> api.get("/health"), reply -> reply.text("status").equals("UP"));

        assertThat(health.status()).isEqualTo(200);
        assertThat(health.text("status")).isEqualTo("UP");
        var store = Stream.iterate(0, i -> i + 1)
                .map(i -> health.json().get("parts").get(i))
                .filter(part -> part.get("name").stringValue().equals("store"))
                .findFirst()
                .orElseThrow();
        assertThat(store.get("status").stringValue()).isEqualTo("UP");
        assertThat(store.get("detail").isString()).isTrue();
    }

    @Test
    void canBeStartedAgainOnItsPort() {
        var first = start("0");
        var url = first.url();
        first.close();

        try (var second = start(url.substring(url.lastIndexOf(':') + 1))) {
            assertThat(second.url()).isEqualTo(url);
            var again = new Api(url);
            assertThat(again.get("/subscriptions").json().get("items").isEmpty())
                    .isTrue();
            var ingested = again.ingest(again.subscribe(receiver.url("/")), new byte[] {1}, "X-Event-Type", "a");
            again.awaitDelivery(ingested.text("delivery_task_id"), "SUCCEEDED");
        }
    }

    private static List<String> attempts(Api.Reply delivery) {
        var attempts = new ArrayList<String>();
        for (var attempt : delivery.json().get("attempts")) {
            attempts.add(attempt.get("attempt_number").intValue() + " "
                    + attempt.get("outcome").stringValue() + " " + attempt.get("status_code"));
        }
        return attempts;
    }

    private static List<String> idsOf(Api.Reply page) {
        var ids = new ArrayList<String>();
        page.json()
                .get("items")
                .forEach(item ->
                        ids.add(UUID.fromString(item.get("id").stringValue()).toString()));
        return ids;
    }
}
