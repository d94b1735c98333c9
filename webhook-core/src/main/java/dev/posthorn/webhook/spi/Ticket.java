package dev.posthorn.webhook.spi;

import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A delivery's place on a queue. There is at most one for a delivery.
 *
 * @param deliveryId the delivery
 * @param subscriptionId its subscription
 * @param delay how long until it is due, 0 for now, never negative
 * @param lease how long whoever puts it on the queue wants it leased to itself from then on; {@code null} for no lease.
 *     Only a ticket due now can be leased
 * @param isRetry whether an attempt was made before, in this round of the retry policy. Where more is due for a
 *     subscription than can be taken, first attempts mostly go before retries: see {@link DeliveryQueue#claim}
 */
public record Ticket(
        UUID deliveryId,
        UUID subscriptionId,
        Duration delay,
        @Nullable Duration lease,
        boolean isRetry) {
    /** Refuses a negative delay, and a lease on a ticket that is not due. */
    public Ticket {
        if (delay.isNegative() || (lease != null && !delay.isZero())) {
            throw new IllegalArgumentException("delay " + delay + ", lease " + lease);
        }
    }

    /** A ticket for a first attempt that anyone may claim once it is due. */
    public static Ticket due(UUID deliveryId, UUID subscriptionId, Duration delay) {
        return new Ticket(deliveryId, subscriptionId, delay, null, false);
    }
}
