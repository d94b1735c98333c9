package dev.posthorn.webhook.transport;

import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * What connections are shared by: whatever is the same for two requests here, may travel over one.
 *
 * @param isTls whether by {@code https}
 * @param host of the URL
 * @param port of the URL
 * @param context with TLS, what certificates are checked against and shown; without, {@code null}
 */
record Endpoint(
        boolean isTls, String host, int port, @Nullable SSLContext context) {}
