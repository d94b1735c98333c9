package dev.posthorn.webhook.transport;

import java.util.UUID;
import javax.net.ssl.SSLContext;

/**
 * Chooses what TLS is made with, by subscription or URL: whose certificates are trusted, and with which certificate of our
 * own we appear. Safe for use by several threads.
 */
@FunctionalInterface
public interface TlsContexts {
    /**
     * The context for a request to an {@code https} URL. Asked before every request and on its thread, so it should keep its
     * contexts and answer at once; connections and TLS sessions are shared by requests to one host and port only if the
     * context is the same object. If it throws, the attempt has failed with nothing sent.
     *
     * @param subscriptionId whose request it is
     * @param url where to
     */
    SSLContext contextFor(UUID subscriptionId, TargetUrl url);
}
