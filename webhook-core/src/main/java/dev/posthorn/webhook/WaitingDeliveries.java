package dev.posthorn.webhook;

/** What becomes of the deliveries that waited while a subscription was disabled. */
public enum WaitingDeliveries {
    /** They are delivered. */
    DELIVER,
    /** They are cancelled. */
    DROP
}
