package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.Header;
import java.net.http.HttpHeaders;
import java.util.List;

/** What is kept of the header of an answer that {@link java.net.http.HttpClient} has read. */
final class JdkHeaders {
    private JdkHeaders() {}

    /** Fields in the order of their names, until one would pass the limit. */
    static List<Header> excerpt(HttpHeaders headers) {
        var kept = new AnswerHeaders();
        headers.map().forEach((name, values) -> {
            // HTTP/2 has the status among its fields (RFC 9113 §8.3.2).
            if (!name.startsWith(":")) {
                values.forEach(value -> kept.add(name, value));
            }
        });
        return kept.list();
    }
}
