package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.spi.TransportResult.Failure;

/** An attempt ends with this failure. */
final class FailedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Failure failure;

    FailedException(Failure failure) {
        super(failure.detail(), null, false, false);
        this.failure = failure;
    }

    Failure failure() {
        return failure;
    }
}
