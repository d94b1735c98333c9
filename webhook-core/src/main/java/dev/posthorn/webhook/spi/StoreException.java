package dev.posthorn.webhook.spi;

import dev.posthorn.webhook.WebhookException;
import org.jspecify.annotations.Nullable;

/** A store or queue could not do what it was asked. Unless said otherwise, nothing was changed. */
public final class StoreException extends WebhookException {
    private static final long serialVersionUID = 1L;

    private final boolean isTransient;

    private StoreException(String message, @Nullable Throwable cause, boolean isTransient) {
        super(message, cause);
        this.isTransient = isTransient;
    }

    /** A failure that may pass: the same call can succeed later. Its work may have been done and only the answer lost. */
    public static StoreException passing(String message, @Nullable Throwable cause) {
        return new StoreException(message, cause, true);
    }

    /** A failure that will come again with the same input. */
    public static StoreException lasting(String message, @Nullable Throwable cause) {
        return new StoreException(message, cause, false);
    }

    /** Whether the same call may succeed later. */
    public boolean isTransient() {
        return isTransient;
    }
}
