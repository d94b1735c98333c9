package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.spi.TransportRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** What is sent before a body. */
final class RequestHead {
    private static final int USUAL_CHARACTERS = 1024;

    // They frame the message or belong to one connection (RFC 9110 §7.6.1). With a Transfer-Encoding beside the
    // Content-Length, one request could be taken for two.
    private static final Set<String> OURS = ignoringCase(
            "Connection",
            "Content-Length",
            "Expect",
            "Host",
            "HTTP2-Settings",
            "Keep-Alive",
            "Proxy-Connection",
            "TE",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade");

    private RequestHead() {}

    /**
     * The head of a POST.
     *
     * @param target what the request line asks for
     * @param extra headers for a proxy
     * @throws IllegalArgumentException if a header of the request's cannot be sent or is not for the caller to set
     */
    static byte[] post(TransportRequest request, String target, List<Header> extra) {
        var head = new StringBuilder(USUAL_CHARACTERS)
                .append("POST ")
                .append(target)
                .append(" HTTP/1.1\r\nHost: ")
                .append(request.url().authority())
                .append("\r\n");
        for (var header : request.headers()) {
            if (isOurs(header.name())) {
                throw new IllegalArgumentException(header.name().toLowerCase(Locale.ROOT) + " is not for callers");
            }
            if (!HttpText.isToken(header.name()) || !HttpText.isValue(header.value())) {
                // Without the value, which may be a credential.
                throw new IllegalArgumentException("a header cannot be sent");
            }
            append(head, header);
        }
        extra.forEach(header -> append(head, header));
        head.append("Content-Length: ").append(request.body().size()).append("\r\n\r\n");
        return head.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** The head of a CONNECT, which has no body. */
    static byte[] connect(TargetUrl url, List<Header> extra) {
        // It always names a port (RFC 9110 §9.3.6).
        var host = url.host().indexOf(':') >= 0 ? "[" + url.host() + "]" : url.host();
        var authority = host + ":" + url.port();
        var head = new StringBuilder("CONNECT ")
                .append(authority)
                .append(" HTTP/1.1\r\nHost: ")
                .append(authority)
                .append("\r\n");
        extra.forEach(header -> append(head, header));
        return head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** Whether a header is the transport's, not the caller's. */
    static boolean isOurs(String name) {
        return OURS.contains(name);
    }

    private static void append(StringBuilder head, Header header) {
        head.append(header.name()).append(": ").append(header.value()).append("\r\n");
    }

    private static Set<String> ignoringCase(String... names) {
        var set = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        set.addAll(List.of(names));
        return set;
    }
}
