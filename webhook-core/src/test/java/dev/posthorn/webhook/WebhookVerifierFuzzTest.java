package dev.posthorn.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A request is taken exactly if one of its signatures, which spaces part, is the right one, and its time is right. */
class WebhookVerifierFuzzTest {
    private static final SigningSecret SECRET = SigningSecret.of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    private static final long NOW = 1_700_000_000;
    private static final long TOLERANCE = 300;
    private static final WebhookVerifier VERIFIER =
            WebhookVerifier.of(SECRET.reveal()).clock(Clock.fixed(Instant.ofEpochSecond(NOW), ZoneOffset.UTC));

    /** Stands in the input for the right signature, which no fuzzer would find. */
    private static final String RIGHT = "RIGHT";

    @FuzzTest(maxDuration = "20s")
    void anyHeaders(byte[] given) {
        check(given);
    }

    @Test
    void brieflyChangedSeeds() {
        Mutations.of(getClass(), "anyHeaders").tryOut(10_000, WebhookVerifierFuzzTest::check);
    }

    /** Lines: id, timestamp, signatures, body. A line that is not there is a header that is not there. */
    private static void check(byte[] given) {
        var lines = new String(given, StandardCharsets.UTF_8).split("\n", 4);
        var body = Bytes.utf8(lines.length > 3 ? lines[3] : "");
        var headers = new HashMap<String, String>();
        var names = List.of("webhook-id", "webhook-timestamp", "webhook-signature");
        for (int i = 0; i < Math.min(lines.length, names.size()); i++) {
            headers.put(names.get(i), lines[i]);
        }
        var timestamp = headers.getOrDefault("webhook-timestamp", "");
        boolean isInTime = timestamp.matches("[0-9]{1,15}") && Math.abs(NOW - Long.parseLong(timestamp)) <= TOLERANCE;
        boolean isSigned = false;
        if (isInTime) {
            var right = new HmacSha256(
                            Base64.getDecoder().decode(SECRET.reveal().substring("whsec_".length())))
                    .signature(lines[0], timestamp, body);
            headers.computeIfPresent("webhook-signature", (name, value) -> value.replace(RIGHT, right));
            isSigned = List.of(headers.getOrDefault("webhook-signature", "").split(" ", -1))
                    .contains(right);
        }
        boolean isTaken;
        try {
            assertThat(VERIFIER.verify(headers, body.toByteArray())).isEqualTo(lines[0]);
            isTaken = true;
        } catch (WebhookVerificationException refused) {
            assertThat(refused.reason()).isNotNull();
            isTaken = false;
        }
        assertThat(isTaken).isEqualTo(isInTime && isSigned && !lines[0].isBlank());
    }
}
