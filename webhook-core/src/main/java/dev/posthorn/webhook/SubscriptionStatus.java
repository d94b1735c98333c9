package dev.posthorn.webhook;

/** Whether a subscription gets deliveries. */
public enum SubscriptionStatus {
    /** It gets what it wants. */
    ACTIVE,
    /** No new deliveries are made for it, and those that wait are not sent, until it is enabled again. */
    DISABLED
}
