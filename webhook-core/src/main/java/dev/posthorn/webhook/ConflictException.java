package dev.posthorn.webhook;

/**
 * The request is well formed, but the present state forbids it: a subscription was changed by someone else since it was
 * read, an idempotency key was used with other content, a delivery is just being sent.
 */
public final class ConflictException extends WebhookException {
    private static final long serialVersionUID = 1L;

    /** With what conflicts with what. */
    public ConflictException(String message) {
        super(message, null);
    }
}
