package dev.posthorn.webhook.spring.web;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Delivery;
import dev.posthorn.webhook.DeliveryDetails;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.Header;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A delivery as the server lists it. */
record DeliveryJson(
        UUID id,
        UUID eventId,
        UUID subscriptionId,
        String tenant,
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
                delivery.tenant(),
                delivery.eventType(),
                delivery.status(),
                delivery.attemptCount(),
                delivery.nextAttemptAt(),
                delivery.createdAt(),
                delivery.completedAt(),
                delivery.failure());
    }

    /** A delivery with what was sent and what came of it. */
    record Details(
            @JsonUnwrapped DeliveryJson delivery,
            @JsonUnwrapped PayloadJson sent,
            List<AttemptJson> attempts) {

        static Details of(DeliveryDetails details) {
            return new Details(
                    DeliveryJson.of(details.delivery()),
                    PayloadJson.of(details.event()),
                    details.attempts().stream().map(AttemptJson::of).toList());
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
