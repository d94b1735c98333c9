package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.WebhookVerifier;
import dev.posthorn.webhook.tck.ReceivedRequest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The bytes that are signed and sent are the bytes that were published. */
@Timeout(60)
class PayloadTest {
    private final Stage stage = new Stage();
    private final SigningSecret secret = SigningSecret.generate();

    @AfterEach
    void close() {
        stage.close();
    }

    static Stream<Arguments> oddPayloads() {
        var every = new byte[256 * 1024];
        for (int i = 0; i < every.length; i++) {
            every[i] = (byte) (i * 31 + i / 256);
        }
        return Stream.of(
                Arguments.of("nothing", new byte[0]),
                Arguments.of("one NUL", new byte[] {0}),
                Arguments.of("NULs within", "a\0b\0".getBytes(StandardCharsets.UTF_8)),
                Arguments.of("no UTF-8", new byte[] {(byte) 0xC3, 0x28, (byte) 0xFF, (byte) 0xED, (byte) 0xA0}),
                Arguments.of("a byte order mark", "\uFEFF{}".getBytes(StandardCharsets.UTF_8)),
                Arguments.of(
                        "JSON with its keys out of order and spaces", utf8("{ \"b\" : 1e0,\r\n\"a\":\"\\u00fc\" }")),
                Arguments.of("what looks like the end of a chunked body", utf8("0\r\n\r\nPOST / HTTP/1.1\r\n\r\n")),
                Arguments.of("256 KiB of every byte", every));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("oddPayloads")
    void whatArrivesIsWhatWasPublishedAndItsSignatureIsGood(String name, byte[] payload) {
        var node = stage.build();
        node.subscriptions()
                .create(NewSubscription.to(stage.receiver.url("/hook")).secret(secret));
        var receipt = node.publish(WebhookEvent.of("order.created", "application/octet-stream", Bytes.copyOf(payload)));

        stage.start();
        var request = stage.receiver.await(1).get(0);

        assertThat(request.body().toByteArray()).isEqualTo(payload);
        assertThat(verify(request)).isEqualTo(receipt.eventId().toString());
    }

    @Test
    void aPayloadHandedOffWithoutBeingReadBackIsTheSame() {
        var node = stage.start();
        stage.subscribe(node, "/hook");
        var payload = Bytes.copyOf(new byte[] {0, (byte) 0xFE, 13, 10});

        node.publish(WebhookEvent.of("order.created", "application/octet-stream", payload));

        assertThat(stage.receiver.await(1).get(0).body()).isEqualTo(payload);
    }

    @Test
    void aRetryHasTheSameIdAndBytesAndASignatureOfItsOwn() {
        stage.receiver.on("/hook").next(500);
        var node = stage.start(settings ->
                settings.retry(RetryPolicy.schedule(Duration.ofMinutes(10)).jitter(0)));
        node.subscriptions()
                .create(NewSubscription.to(stage.receiver.url("/hook")).secret(secret));
        node.publish(stage.event());
        var first = stage.receiver.await(1).get(0);
        assertThat(verify(first)).isNotNull();

        stage.pass(Duration.ofMinutes(10));

        var second = stage.receiver.await(2).get(1);
        assertThat(verify(second)).isEqualTo(verifyAt(first, Duration.ofMinutes(10)));
        assertThat(second.body()).isEqualTo(first.body());
        assertThat(second.header("webhook-signature")).isNotEqualTo(first.header("webhook-signature"));
        assertThat(List.of(first, second))
                .extracting(request -> request.header("webhook-attempt").orElseThrow())
                .containsExactly("1", "2");
    }

    @Test
    void aRequestHasTheHeadersOfTheEventAndOfTheSubscription() {
        var node = stage.start();
        stage.subscribe(
                node,
                "/hook",
                settings -> settings.headers(Map.of("Authorization", "Bearer of the endpoint", "x-trace", "general")));

        node.publish(stage.event().header("X-Trace", "of this event").header("traceparent", "00-1-2-01"));

        var request = stage.receiver.await(1).get(0);
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.headers("content-type")).containsExactly("application/json");
        assertThat(request.headers("webhook-event-type")).containsExactly("order.created");
        assertThat(request.headers("authorization")).containsExactly("Bearer of the endpoint");
        assertThat(request.headers("x-trace")).containsExactly("of this event");
        assertThat(request.headers("traceparent")).containsExactly("00-1-2-01");
        assertThat(request.header("user-agent").orElseThrow()).startsWith("Posthorn/");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private String verify(ReceivedRequest request) {
        return verifyAt(request, Duration.ZERO);
    }

    private String verifyAt(ReceivedRequest request, Duration ago) {
        return WebhookVerifier.of(secret.reveal())
                .clock(Clock.fixed(stage.clock.now().minus(ago), ZoneOffset.UTC))
                .verify(
                        name -> request.header(name).orElse(null),
                        request.body().toByteArray());
    }
}
