package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.spi.TransportResult.Failure;
import java.security.GeneralSecurityException;
import org.jspecify.annotations.Nullable;

/**
 * Failures in words. The messages of exceptions hold addresses and whatever the endpoint sent, so that none of them is
 * passed on: the owner of an endpoint would learn from them about the host's network.
 */
final class Failures {
    /** The sending thread was interrupted. */
    static final Failure INTERRUPTED = new Failure(AttemptOutcome.ERROR, "the attempt was interrupted");

    /** The transport was closed before or meanwhile. */
    static final Failure CLOSED = new Failure(AttemptOutcome.ERROR, "the transport is closed");

    private Failures() {}

    /** The failure with this outcome, in words that say no more than the outcome does. */
    static Failure of(AttemptOutcome outcome) {
        return new Failure(
                outcome,
                switch (outcome) {
                    case BLOCKED -> "the address is one that may not be called";
                    case UNRESOLVED -> "the host name could not be resolved";
                    case UNREACHABLE -> "no connection could be made";
                    case TLS_FAILED -> "the TLS handshake failed";
                    case TIMED_OUT -> "there was no complete answer in time";
                    case DISCONNECTED -> "the connection broke before the answer was complete";
                    case BAD_RESPONSE -> "what came back is not HTTP, or beyond the limits";
                    case PROXY_FAILED -> "the egress proxy failed";
                    case SUCCEEDED, REJECTED, ERROR -> "something failed on the sending side";
                });
    }

    /** A handshake that failed for this reason. */
    static Failure ofTls(Throwable thrown) {
        return has(thrown, GeneralSecurityException.class)
                ? new Failure(
                        AttemptOutcome.TLS_FAILED, "the certificate is not trusted, not valid now or not for this host")
                : of(AttemptOutcome.TLS_FAILED);
    }

    /** Whether we are out of descriptors or ports: every endpoint looks dead then, and that is not theirs. */
    static boolean isExhaustion(Throwable thrown) {
        return hasMessage(thrown, "Too many open files") || hasMessage(thrown, "Cannot assign requested address");
    }

    /** Whether the other side broke the connection off, which it can do before who connects has seen that it was made. */
    static boolean isReset(Throwable thrown) {
        return hasMessage(thrown, "Connection reset");
    }

    /** Whether the exception or one of its causes is such. */
    static boolean has(Throwable thrown, Class<? extends Throwable> type) {
        for (@Nullable Throwable t = thrown; t != null; t = t.getCause()) {
            if (type.isInstance(t)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the message of the exception or of one of its causes has this in it. */
    static boolean hasMessage(Throwable thrown, String part) {
        for (@Nullable Throwable t = thrown; t != null; t = t.getCause()) {
            if (t.getMessage() != null && t.getMessage().contains(part)) {
                return true;
            }
        }
        return false;
    }
}
