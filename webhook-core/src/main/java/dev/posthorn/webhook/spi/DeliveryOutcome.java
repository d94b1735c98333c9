package dev.posthorn.webhook.spi;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a node found out about a delivery it held.
 *
 * @param lease the lease it was held by
 * @param seenVersion the delivery's version when it was loaded or appended
 * @param attempt the attempt that was made; {@code null} if the delivery ended without one
 * @param status what the delivery is to become
 * @param failure why, if {@code FAILED}
 * @param retryIn how long until the next attempt, if {@code PENDING}
 */
public record DeliveryOutcome(
        Lease lease,
        long seenVersion,
        @Nullable Attempt attempt,
        DeliveryStatus status,
        @Nullable FailureReason failure,
        @Nullable Duration retryIn) {

    /** Refuses parts that do not go together. */
    public DeliveryOutcome {
        if ((failure != null) != (status == DeliveryStatus.FAILED)
                || (retryIn != null) != (status == DeliveryStatus.PENDING)
                || (attempt == null && (status == DeliveryStatus.SUCCEEDED || status == DeliveryStatus.PENDING))) {
            throw new IllegalArgumentException(status + ", " + failure + ", " + retryIn + ", " + attempt);
        }
    }

    /** The attempt succeeded. */
    public static DeliveryOutcome succeeded(Lease lease, long seenVersion, Attempt attempt) {
        return new DeliveryOutcome(lease, seenVersion, attempt, DeliveryStatus.SUCCEEDED, null, null);
    }

    /** The attempt failed and there will be another. */
    public static DeliveryOutcome retry(Lease lease, long seenVersion, Attempt attempt, Duration retryIn) {
        return new DeliveryOutcome(lease, seenVersion, attempt, DeliveryStatus.PENDING, null, retryIn);
    }

    /** The delivery is given up, after this attempt or without one. */
    public static DeliveryOutcome failed(
            Lease lease, long seenVersion, @Nullable Attempt attempt, FailureReason failure) {
        return new DeliveryOutcome(lease, seenVersion, attempt, DeliveryStatus.FAILED, failure, null);
    }

    /** The delivery's subscription is gone. */
    public static DeliveryOutcome cancelled(Lease lease, long seenVersion) {
        return new DeliveryOutcome(lease, seenVersion, null, DeliveryStatus.CANCELLED, null, null);
    }

    /** The delivery. */
    public UUID deliveryId() {
        return lease.deliveryId();
    }

    /** The same outcome under a later lease on the same delivery. */
    public DeliveryOutcome under(Lease newer) {
        return new DeliveryOutcome(newer, seenVersion, attempt, status, failure, retryIn);
    }

    /** The same outcome with an attempt that holds nothing the endpoint sent. */
    public DeliveryOutcome withoutExcerpt() {
        return new DeliveryOutcome(
                lease, seenVersion, attempt == null ? null : attempt.withoutExcerpt(), status, failure, retryIn);
    }

    /** What becomes of the lease. */
    public Settlement settlement() {
        return retryIn == null ? new Settlement.Done(lease) : new Settlement.Again(lease, retryIn, true);
    }
}
