package dev.posthorn.examples.server;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;

/** Asks a server on this machine whether it works, for containers, whose images have no other client. Exits with 0 if so. */
public final class HealthCheck {
    private static final int PATIENCE_MILLIS = 4_000;
    private static final int OK = 200;

    private HealthCheck() {}

    /** Asks on the port that {@code API_PORT} names. */
    public static void main(String[] args) {
        var port = System.getenv("API_PORT");
        System.exit(isWell("http://127.0.0.1:" + (port == null ? "8000" : port)) ? 0 : 1);
    }

    static boolean isWell(String url) {
        try {
            var connection =
                    (HttpURLConnection) URI.create(url + "/health").toURL().openConnection();
            connection.setConnectTimeout(PATIENCE_MILLIS);
            connection.setReadTimeout(PATIENCE_MILLIS);
            return connection.getResponseCode() == OK;
        } catch (IOException e) {
            return false;
        }
    }
}
