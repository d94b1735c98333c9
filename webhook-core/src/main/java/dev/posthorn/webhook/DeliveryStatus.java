package dev.posthorn.webhook;

/** Where a delivery stands. All but {@link #PENDING} are terminal: it stays so unless retried by hand. */
public enum DeliveryStatus {
    /** It waits for its first or next attempt, or one is running. */
    PENDING,
    /** Its endpoint answered 2xx. */
    SUCCEEDED,
    /** It was given up; its {@link FailureReason} says why. */
    FAILED,
    /** It was cancelled, or its subscription deleted, before it succeeded. */
    CANCELLED;

    /** Whether it is over. */
    public boolean isTerminal() {
        return this != PENDING;
    }
}
