package dev.posthorn.examples.server;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Where a PostgreSQL database is, as {@code postgresql://user:password@host:5432/database?parameters}: the form that
 * hosting services hand out. {@code postgres://} means the same.
 *
 * @param jdbcUrl without user and password
 */
record DatabaseUrl(
        String jdbcUrl, @Nullable String user, @Nullable String password) {
    /** {@code null} if it is not such a URL. */
    static @Nullable DatabaseUrl parse(String text) {
        try {
            var uri = new URI(text);
            var scheme = uri.getScheme();
            var path = uri.getRawPath();
            if (scheme == null || !scheme.matches("postgres(ql)?") || uri.getHost() == null || path.length() < 2) {
                return null;
            }
            var port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
            var query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
            var info = uri.getRawUserInfo() == null
                    ? new String[0]
                    : uri.getRawUserInfo().split(":", 2);
            return new DatabaseUrl(
                    "jdbc:postgresql://" + uri.getHost() + port + path + query,
                    info.length > 0 ? decode(info[0]) : null,
                    info.length > 1 ? decode(info[1]) : null);
        } catch (URISyntaxException | IllegalArgumentException notOne) {
            return null;
        }
    }

    private static String decode(String text) {
        // A plus sign is itself here, and not a space.
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "DatabaseUrl[" + jdbcUrl + ", user " + user + "]";
    }
}
