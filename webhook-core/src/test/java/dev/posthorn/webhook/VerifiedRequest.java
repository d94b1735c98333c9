package dev.posthorn.webhook;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.posthorn.webhook.WebhookVerificationException.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;

/** The reference vector of the specification, and what tests of {@link WebhookVerifier} make of it. */
final class VerifiedRequest {
    static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    static final String ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    static final long SENT = 1614265330;
    static final String BODY = "{\"test\": 2432232314}";
    static final String SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    static final String OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    private VerifiedRequest() {}

    static Reason reasonOf(Runnable verification) {
        return catchThrowableOfType(WebhookVerificationException.class, verification::run)
                .reason();
    }

    static String signature(String secret) {
        return SigningSecret.of(secret).sign(ID, SENT, Bytes.utf8(BODY));
    }

    static Map<String, String> headers() {
        return new HashMap<>(
                Map.of("webhook-id", ID, "webhook-timestamp", Long.toString(SENT), "webhook-signature", SIGNATURE));
    }

    static Map<String, String> with(String name, String value) {
        var headers = headers();
        headers.put(name, value);
        return headers;
    }

    static byte[] body(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static Clock clockAt(long seconds) {
        return Clock.fixed(Instant.ofEpochSecond(seconds), ZoneOffset.UTC);
    }
}
