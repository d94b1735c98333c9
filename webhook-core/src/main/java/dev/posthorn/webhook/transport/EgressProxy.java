package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.InvalidInputException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A proxy that all requests leave through, such as one that keeps them off the host's own network. {@code https} URLs
 * are reached by CONNECT, so that the proxy sees no more than host and port; {@code http} URLs by asking it for the
 * whole URL. Immutable, and safe for use by several threads. {@link #toString()} tells no header.
 */
public final class EgressProxy {
    private final TargetUrl url;
    private final List<Header> headers;
    private final @Nullable SSLContext sslContext;

    private EgressProxy(TargetUrl url, List<Header> headers, @Nullable SSLContext sslContext) {
        this.url = url;
        this.headers = List.copyOf(headers);
        this.sslContext = sslContext;
    }

    /**
     * A proxy at a URL such as {@code http://proxy.internal:3128}, or {@code https://…} if it is spoken to in TLS.
     *
     * @throws InvalidInputException naming every fault of the URL, which must have no path and no query
     */
    public static EgressProxy at(String url) {
        var parsed = TargetUrl.parse(url);
        if (!parsed.pathAndQuery().equals("/")) {
            throw fault("url", "must have no path and no query");
        }
        return new EgressProxy(parsed, List.of(), null);
    }

    /**
     * A copy that sends this header to the proxy too: with every CONNECT, and with every request for an {@code http} URL,
     * where a careless proxy may pass it on.
     *
     * @throws InvalidInputException if the name is no token, or the value not visible ASCII, spaces and tabs
     */
    public EgressProxy header(String name, String value) {
        if (!HttpText.isToken(name) || RequestHead.isOurs(name)) {
            throw fault("name", "must be letters, digits and !#$%&'*+-.^_`|~, and not a header of the connection's");
        }
        if (!HttpText.isValue(value)) {
            throw fault("value", "must be visible ASCII characters, spaces and tabs");
        }
        var more = new ArrayList<>(headers);
        more.add(new Header(name, value));
        return new EgressProxy(url, more, sslContext);
    }

    /**
     * A copy that shows the proxy a user's name and password (RFC 7617).
     *
     * @throws InvalidInputException if the name has a colon
     */
    public EgressProxy credentials(String user, String password) {
        if (user.indexOf(':') >= 0) {
            throw fault("user", "must have no colon");
        }
        var pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        return header("Proxy-Authorization", "Basic " + Base64.getEncoder().encodeToString(pair));
    }

    /** A copy that speaks TLS to an {@code https} proxy with this; by default with the JVM's. */
    public EgressProxy sslContext(SSLContext context) {
        return new EgressProxy(url, headers, context);
    }

    TargetUrl url() {
        return url;
    }

    List<Header> headers() {
        return headers;
    }

    @Nullable
    SSLContext sslContext() {
        return sslContext;
    }

    /** The URL alone. */
    @Override
    public String toString() {
        return "EgressProxy[" + url + "]";
    }

    private static InvalidInputException fault(String field, String problem) {
        return new InvalidInputException(List.of(new InvalidInputException.Fault(field, problem)));
    }
}
