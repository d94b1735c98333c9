package dev.posthorn.webhook.transport;

import java.lang.reflect.InvocationTargetException;
import java.net.http.HttpClient;

/** Calls {@code HttpClient.shutdownNow()}, which Java has since 21, where there is one. */
final class JdkShutdown {
    private JdkShutdown() {}

    /** Closes all connections of a client, or does nothing before Java 21. */
    static void now(HttpClient client) {
        try {
            HttpClient.class.getMethod("shutdownNow").invoke(client);
        } catch (NoSuchMethodException e) {
            // Java 17: the client ends itself once nobody holds it.
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("HttpClient.shutdownNow() failed", e);
        }
    }
}
