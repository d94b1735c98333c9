package dev.posthorn.webhook.transport;

import javax.net.ssl.SSLContext;

/**
 * Chooses what TLS is made with, by URL: whose certificates are trusted, and with which certificate of our own we
 * appear. Safe for use by several threads.
 */
@FunctionalInterface
public interface TlsContexts {
    /**
     * The context for an {@code https} URL. Asked before every request, so it should keep its contexts; connections and
     * TLS sessions are shared by URLs of one host only if the context is the same object.
     */
    SSLContext contextFor(TargetUrl url);
}
