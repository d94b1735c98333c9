package dev.posthorn.webhook;

/**
 * A request did not prove that it comes from whoever shares the secret: answer it with 400 or 401 and do nothing else.
 * Neither the message nor anything in it tells what a good signature would have been.
 */
public final class WebhookVerificationException extends WebhookException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /** What was wrong with the request. */
    public enum Reason {
        /** It lacks {@code webhook-id}, {@code webhook-timestamp} or a header for its signature, or one is blank. */
        MISSING_HEADER,
        /** Its {@code webhook-timestamp} is not a whole number of seconds. */
        BAD_TIMESTAMP,
        /** It was sent longer ago than the tolerance: it may be a replay. */
        TOO_OLD,
        /** It was sent further in the future than the tolerance: one of the clocks is wrong. */
        TOO_NEW,
        /** None of its signatures is that of its content under any of the secrets. */
        NO_MATCH
    }

    WebhookVerificationException(Reason reason, String message) {
        super(message, null);
        this.reason = reason;
    }

    /** What was wrong with the request. */
    public Reason reason() {
        return reason;
    }
}
