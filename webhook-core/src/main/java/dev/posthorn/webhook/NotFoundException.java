package dev.posthorn.webhook;

/** There is no such subscription or delivery (or no longer). */
public final class NotFoundException extends WebhookException {
    private static final long serialVersionUID = 1L;

    /** With what was looked for. */
    public NotFoundException(String message) {
        super(message, null);
    }
}
