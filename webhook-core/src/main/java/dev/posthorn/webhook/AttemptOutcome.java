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
    ERROR
}
