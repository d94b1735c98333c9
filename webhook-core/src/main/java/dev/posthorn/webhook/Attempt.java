package dev.posthorn.webhook;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request of a delivery and how it ended.
 *
 * @param id a UUIDv7, made before the request was sent
 * @param deliveryId the delivery
 * @param number 1 for a delivery's first attempt; what was sent as {@code webhook-attempt}
 * @param startedAt when it began
 * @param duration how long it took
 * @param url where it went
 * @param subscriptionVersion the version of the subscription whose settings it used
 * @param outcome how it ended
 * @param statusCode the HTTP status, if one was received
 * @param error what failed, in words; {@code null} if a complete answer was received
 * @param responseHeaders what was kept of the answer's header
 * @param responseBody what was kept of the answer's body: its first bytes
 */
public record Attempt(
        UUID id,
        UUID deliveryId,
        int number,
        Instant startedAt,
        Duration duration,
        String url,
        long subscriptionVersion,
        AttemptOutcome outcome,
        @Nullable Integer statusCode,
        @Nullable String error,
        List<Header> responseHeaders,
        Bytes responseBody) {

    /** Keeps a copy of the list. */
    public Attempt {
        responseHeaders = List.copyOf(responseHeaders);
    }

    /** The same attempt without anything the endpoint sent but the status. */
    public Attempt withoutExcerpt() {
        return new Attempt(
                id,
                deliveryId,
                number,
                startedAt,
                duration,
                url,
                subscriptionVersion,
                outcome,
                statusCode,
                null,
                List.of(),
                Bytes.EMPTY);
    }
}
