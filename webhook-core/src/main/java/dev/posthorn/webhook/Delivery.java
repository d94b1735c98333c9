package dev.posthorn.webhook;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One event on its way to one subscription.
 *
 * @param id a UUIDv7
 * @param eventId the event
 * @param subscriptionId the subscription
 * @param tenant the tenant of both
 * @param eventType the event's type
 * @param status where it stands
 * @param failure why it was given up; {@code null} unless {@link DeliveryStatus#FAILED}
 * @param attemptCount how many attempts have been made and recorded
 * @param nextAttemptAt when the next attempt is due (it may already run); {@code null} if terminal
 * @param createdAt when it was published
 * @param completedAt when it became terminal; {@code null} while it is pending
 */
public record Delivery(
        UUID id,
        UUID eventId,
        UUID subscriptionId,
        String tenant,
        String eventType,
        DeliveryStatus status,
        @Nullable FailureReason failure,
        int attemptCount,
        @Nullable Instant nextAttemptAt,
        Instant createdAt,
        @Nullable Instant completedAt) {}
