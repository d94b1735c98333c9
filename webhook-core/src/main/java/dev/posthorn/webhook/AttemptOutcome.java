package dev.posthorn.webhook;

/** How an attempt ended. */
public enum AttemptOutcome {
    /** Answered 2xx. */
    SUCCEEDED,
    /** Answered with any other status; redirects are not followed. */
    REJECTED,
    /** Not sent: the address is one that may not be called. */
    BLOCKED,
    /** The host name could not be resolved. */
    UNRESOLVED,
    /** No connection could be made. */
    UNREACHABLE,
    /** The TLS handshake failed, or the certificate is not good for the host. */
    TLS_FAILED,
    /** Its time ran out, whether in look-up, connecting, sending or reading. */
    TIMED_OUT,
    /** The connection broke before the answer was complete. */
    DISCONNECTED,
    /** What came back is not HTTP, or beyond the limits set for answers. */
    BAD_RESPONSE,
    /** The egress proxy failed, which says nothing of the endpoint. */
    PROXY_FAILED,
    /** Something failed on our side. */
    ERROR;

    /**
     * Whether this counts against the endpoint, as {@link WebhookDispatcher.Builder#disableAfter} has it: an answer that is
     * no success, or none though one was asked for. What our own rules, our proxy or our side hindered says nothing of it.
     */
    public boolean countsAgainstEndpoint() {
        return switch (this) {
            case SUCCEEDED, BLOCKED, PROXY_FAILED, ERROR -> false;
            case REJECTED, UNRESOLVED, UNREACHABLE, TLS_FAILED, TIMED_OUT, DISCONNECTED, BAD_RESPONSE -> true;
        };
    }
}
