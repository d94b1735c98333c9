package dev.posthorn.webhook;

/** Whether a subscription gets deliveries. What changes it is told at {@link Subscriptions}. */
public enum SubscriptionStatus {
    /** It gets what it wants. */
    ACTIVE,
    /** What it wants makes deliveries for it, and none is sent until it is resumed. */
    PAUSED,
    /** No new deliveries are made for it, and those that wait are not sent, until it is enabled again. */
    DISABLED
}
