package dev.posthorn.webhook;

import org.jspecify.annotations.Nullable;

/** What every exception thrown on purpose by this library extends. */
public abstract class WebhookException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** For subclasses. */
    protected WebhookException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
