package dev.posthorn.webhook.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.tck.Answer;
import dev.posthorn.webhook.tck.RecordingReceiver;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What actuator shows and does, over HTTP. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ActuatorTest {
    private final HttpClient client = HttpClient.newHttpClient();
    private Host host;

    private static class Nothing {}

    @BeforeAll
    void start() {
        host = Host.startWeb(Nothing.class);
    }

    @AfterAll
    void stop() {
        host.close();
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(URI.create(host.url(path))).build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, String json) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create(host.url(path)))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(json))
                        .build(),
                BodyHandlers.ofString());
    }

    private static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    @Test
    void healthHasEveryPart() throws Exception {
        var health = json(get("/actuator/health")).at("/components/posthorn");

        assertThat(health.path("status").asString()).isEqualTo("UP");
        host.webhooks.health().parts().forEach(part -> {
            var shown = health.path("components").path(part.name());
            assertThat(shown.path("status").asString()).as(part.name()).isEqualTo("UP");
            assertThat(shown.at("/details/detail").asString()).isNotEmpty();
        });
        assertThat(get("/actuator/health/posthorn/thread.record").statusCode()).isEqualTo(200);
        assertThat(get("/actuator/health/posthorn/none").statusCode()).isEqualTo(404);
    }

    @Test
    void theEndpointTellsHowTheNodeIs() throws Exception {
        var node = json(get("/actuator/posthorn"));

        assertThat(node.at("/state/phase").asString()).isEqualTo("RUNNING");
        assertThat(node.at("/state/inFlight").isNumber()).isTrue();
        assertThat(node.at("/health/status").asString()).isEqualTo("UP");
        assertThat(node.at("/health/parts").size())
                .isEqualTo(host.webhooks.health().parts().size());
    }

    @Test
    void theEndpointTellsHowASubscriptionFares() throws Exception {
        var lane = json(get("/actuator/posthorn/" + UUID.randomUUID()));
        assertThat(lane.path("breaker").asString()).isEqualTo("CLOSED");
        assertThat(lane.path("inFlight").asInt()).isZero();
    }

    @Test
    void theNodeIsPausedAndResumed() throws Exception {
        assertThat(json(post("/actuator/posthorn/pause", "{}"))
                        .at("/state/isPaused")
                        .asBoolean())
                .isTrue();
        assertThat(host.webhooks.state().isPaused()).isTrue();
        assertThat(json(post("/actuator/posthorn/resume", "{}"))
                        .at("/state/isPaused")
                        .asBoolean())
                .isFalse();
        assertThat(host.webhooks.state().isPaused()).isFalse();
    }

    @Test
    void aDeliveryIsTriedAgain() throws Exception {
        host.receiver.on("/gone").next(Answer.status(500));
        var delivery = host.webhooks
                .publishTo(host.subscribe("/gone"), Host.event())
                .deliveryIds()
                .get(0);
        host.receiver.await("/gone", 1);
        Awaitility.await().until(() -> host.webhooks.state().held() == 0);

        var retried = json(post("/actuator/posthorn/retry", "{\"delivery\": \"" + delivery + "\"}"));

        assertThat(retried.path("delivery").asString()).isEqualTo(delivery.toString());
        host.receiver.await("/gone", 2);
        Awaitility.await()
                .atMost(RecordingReceiver.PATIENCE)
                .until(() -> host.webhooks
                                .deliveries()
                                .get(delivery)
                                .orElseThrow()
                                .delivery()
                                .status()
                        == DeliveryStatus.SUCCEEDED);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '\'',
            value = {
                "stop, {}, 400, actions",
                "retry, {}, 400, id of a delivery",
                "retry, '{\"delivery\": \"00000000-0000-7000-8000-000000000000\"}', 404, no delivery"
            })
    void whatCannotBeDoneIsRefusedInWords(String action, String body, int status, String reason) throws Exception {
        var answer = post("/actuator/posthorn/" + action, body);
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(json(answer).path("problem").asString()).contains(reason);
    }

    @Test
    void aDeliveryOfADisabledSubscriptionIsNotTriedAgain() throws Exception {
        host.receiver.on("/no-more").next(Answer.status(410));
        var delivery = host.webhooks
                .publishTo(host.subscribe("/no-more"), Host.event())
                .deliveryIds()
                .get(0);
        Awaitility.await()
                .untilAsserted(() -> assertThat(post("/actuator/posthorn/retry", "{\"delivery\": \"" + delivery + "\"}")
                                .statusCode())
                        .isEqualTo(409));
    }
}
