package dev.posthorn.webhook.transport;

import java.io.IOException;

/** What came back is not HTTP, or beyond the limits. */
final class BadAnswerException extends IOException {
    private static final long serialVersionUID = 1L;

    BadAnswerException(String problem) {
        super(problem);
    }

    /** Without: there may be thousands a second, at the will of whoever answers, and the message says where. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
