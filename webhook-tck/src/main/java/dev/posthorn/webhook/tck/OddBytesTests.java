package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.PublishedEvent;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What endpoints answer and hosts publish is bytes, and comes back byte for byte whatever they are. */
abstract class OddBytesTests extends DeliveryStoreTests {
    /** Text that gets lost where it is quoted, trimmed, normalised or taken for an escape. */
    static final List<String> ODD_TEXTS = List.of(
            "'; DROP TABLE posthorn_event; --",
            "\\u0000 \\x00 \\0 \\ \\\\ \\' \\\"",
            "\" ' ` $1 ${a} %s %n ? :name {} {0} $$",
            " spaces at both ends ",
            "a\tb\nc\rd\r\ne",
            "\u0001\u001b[31m\u007f\u0085\u2028\u2029",
            "\uFEFFmark, \uFFFD, \uFFFF, \uE000",
            "e\u0301 is not \u00e9, nor \uFB01 fi",
            "\u202Eright to left\u202C, zero\u200Bwidth",
            "\uD83D\uDCEF \uD83D\uDC69\u200D\uD83D\uDCBB \uDBFF\uDFFD",
            "null",
            "{\"json\": [1e400]}",
            "\u00a0");

    private static final List<Bytes> ODD_BYTES = List.of(
            Bytes.wrap(new byte[1]),
            Bytes.wrap(new byte[4096]),
            everyByte(),
            latin1("a\0b\0"),
            latin1("\u00ff\u00fe"),
            latin1("\u00c3("),
            latin1("\u00c0\u0080"),
            latin1("\u00ed\u00a0\u0080"),
            latin1("\u00f4\u0090\u0080\u0080"),
            latin1("\u00ef\u00bb\u00bf{}"),
            latin1("\\x00\\000"),
            latin1("\u001f\u008b\b\0"));

    private static Bytes everyByte() {
        var bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        return Bytes.wrap(bytes);
    }

    private static Bytes latin1(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void bodiesOfAnswersComeBackAsTheyWere() {
        for (var body : ODD_BYTES) {
            assertKept(List.of(), body, null);
        }
    }

    /** A transport has escaped them to visible ASCII, which is full of backslashes then. */
    @Test
    void headersOfAnswersComeBackAsTheyWere() {
        var headers = new ArrayList<Header>();
        for (int i = 0; i < 256; i++) {
            headers.add(new Header("X-" + i, String.format("a\\x%02Xz", i)));
        }
        headers.add(new Header("!#$%&'*+-.^_`|~", ""));
        headers.add(new Header("Set-Cookie", "a=\"b,c\"; Path=/"));
        headers.add(new Header("set-cookie", "{\"a\": null}"));
        headers.add(new Header("Set-Cookie", "a=\"b,c\"; Path=/"));
        assertKept(headers, Bytes.EMPTY, null);
    }

    @Test
    void errorsComeBackAsTheyWere() {
        for (var text : ODD_TEXTS) {
            assertKept(List.of(), Bytes.EMPTY, text);
        }
    }

    @Test
    void payloadsAndHeadersOfEventsComeBackAsTheyWere() {
        for (var payload : ODD_BYTES) {
            var event = new PublishedEvent(
                    samples.id(),
                    "default",
                    "order.created",
                    "application/x-odd; a=\"\\\\\"",
                    Map.of("X-Odd", "\\x00 \"'\t{}", "!#$%&'*+-.^_`|~", ""),
                    payload,
                    samples.now());
            var ticket = samples.ticket(scene.subscription);
            deliveries.append(List.of(samples.publication(event, ticket)));

            var ready = scene.load(scene.lease(ticket.deliveryId()));

            assertThat(ready.event()).isEqualTo(event);
            assertThat(ready.event().payload().toByteArray()).isEqualTo(payload.toByteArray());
        }
    }

    private void assertKept(List<Header> headers, Bytes body, @Nullable String error) {
        var ready = scene.leased();
        var attempt = new Attempt(
                samples.id(),
                Scene.id(ready),
                1,
                samples.now(),
                Duration.ofMillis(1),
                "https://example.com/hooks?a=%00",
                1,
                AttemptOutcome.REJECTED,
                500,
                error,
                headers,
                body);
        deliveries.record(List.of(DeliveryOutcome.retry(ready.lease(), ready.version(), attempt, Duration.ofHours(1))));

        assertThat(deliveries.attempts(Scene.id(ready))).containsExactly(attempt);
        assertThat(deliveries.attempts(Scene.id(ready)).get(0).responseBody().toByteArray())
                .isEqualTo(body.toByteArray());
    }
}
