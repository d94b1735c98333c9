package dev.posthorn.webhook;

import java.util.UUID;

/**
 * Told what becomes of deliveries on this node, after it has been recorded. Called one call at a time on a thread of its
 * own: however slow it is and whatever it throws, deliveries go on. What it cannot keep up with is dropped and counted
 * ({@link WebhookDispatcher#health()}); the log in the store is the complete account.
 */
public interface WebhookListener {
    /** An attempt failed; the delivery is tried again or was given up. */
    default void attemptFailed(UUID deliveryId, UUID subscriptionId, Attempt attempt) {}

    /** A delivery succeeded with this attempt. */
    default void deliverySucceeded(UUID deliveryId, UUID subscriptionId, Attempt attempt) {}

    /** A delivery was given up. */
    default void deliveryFailed(UUID deliveryId, UUID subscriptionId, FailureReason reason) {}

    /** The dispatcher disabled a subscription. */
    default void subscriptionDisabled(UUID subscriptionId, Subscription.DisabledReason reason) {}

    /**
     * An attempt's result came too late: another node had taken the delivery over, or somebody cancelled or retried it
     * meanwhile. The attempt is in the log; its result was not used.
     */
    default void leaseLost(UUID deliveryId, UUID subscriptionId) {}
}
