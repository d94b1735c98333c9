package dev.posthorn.webhook.engine;

/** A request that cannot be signed as its subscription wants it, and so must not be sent. */
final class CannotSignException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CannotSignException(String why) {
        super(why);
    }
}
