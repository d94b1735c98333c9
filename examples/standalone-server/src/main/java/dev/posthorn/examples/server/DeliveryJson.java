package dev.posthorn.examples.server;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Delivery;
import dev.posthorn.webhook.DeliveryDetails;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.Header;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A delivery as the server lists it. */
record DeliveryJson(
        UUID id,
        UUID eventId,
        UUID subscriptionId,
        String eventType,
        DeliveryStatus status,
        int attemptCount,
        @Nullable Instant nextAttemptAt,
        Instant createdAt,
        @Nullable Instant completedAt,
        @Nullable FailureReason failure) {

    static DeliveryJson of(Delivery delivery) {
        return new DeliveryJson(
                delivery.id(),
                delivery.eventId(),
                delivery.subscriptionId(),
                delivery.eventType(),
                delivery.status(),
                delivery.attemptCount(),
                delivery.nextAttemptAt(),
                delivery.createdAt(),
                delivery.completedAt(),
                delivery.failure());
    }

    /**
     * A delivery with what was sent and what came of it.
     *
     * @param payload the text if it is UTF-8, else its base64 form
     * @param payloadEncoding which of these it is: {@code utf-8} or {@code base64}
     */
    record Details(
            @JsonUnwrapped DeliveryJson delivery,
            String contentType,
            String payload,
            String payloadEncoding,
            List<AttemptJson> attempts) {

        static Details of(DeliveryDetails details) {
            var payload = details.event().payload();
            var text = utf8(payload);
            return new Details(
                    DeliveryJson.of(details.delivery()),
                    details.event().contentType(),
                    text == null ? Base64.getEncoder().encodeToString(payload.toByteArray()) : text,
                    text == null ? "base64" : "utf-8",
                    details.attempts().stream().map(AttemptJson::of).toList());
        }

        private static @Nullable String utf8(Bytes bytes) {
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(bytes.asByteBuffer())
                        .toString();
            } catch (CharacterCodingException e) {
                return null;
            }
        }
    }

    /**
     * An attempt.
     *
     * @param responseBody its first bytes read as UTF-8, with U+FFFD for what is not
     */
    record AttemptJson(
            int attemptNumber,
            Instant startedAt,
            long durationMs,
            AttemptOutcome outcome,
            @Nullable Integer statusCode,
            @Nullable String error,
            List<Header> responseHeaders,
            String responseBody) {

        static AttemptJson of(Attempt attempt) {
            return new AttemptJson(
                    attempt.number(),
                    attempt.startedAt(),
                    attempt.duration().toMillis(),
                    attempt.outcome(),
                    attempt.statusCode(),
                    attempt.error(),
                    attempt.responseHeaders(),
                    attempt.responseBody().toUtf8String());
        }
    }
}
