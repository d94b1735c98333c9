package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.PublishedEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;

/** What a request says beside its body: the Standard Webhooks headers, and what event and subscription add. */
final class RequestHeaders {
    private static final String USER_AGENT = "Posthorn/"
            + Optional.ofNullable(RequestHeaders.class.getPackage().getImplementationVersion())
                    .orElse("dev");

    private RequestHeaders() {}

    static List<Header> of(PublishedEvent event, CachedSubscription subscription, int attempt, Instant now) {
        var id = event.id().toString();
        long timestamp = now.getEpochSecond();
        var signatures = new StringJoiner(" ");
        for (var secret : subscription.stored().secrets()) {
            signatures.add(secret.sign(id, timestamp, event.payload()));
        }
        var headers = new ArrayList<Header>();
        headers.add(new Header("Content-Type", event.contentType()));
        headers.add(new Header("User-Agent", USER_AGENT));
        headers.add(new Header("webhook-id", id));
        headers.add(new Header("webhook-timestamp", Long.toString(timestamp)));
        headers.add(new Header("webhook-signature", signatures.toString()));
        headers.add(new Header("webhook-event-type", event.type()));
        headers.add(new Header("webhook-attempt", Integer.toString(attempt)));
        event.headers().forEach((name, value) -> headers.add(new Header(name, value)));
        subscription.settings().headers().forEach((name, value) -> {
            if (event.headers().keySet().stream().noneMatch(name::equalsIgnoreCase)) {
                headers.add(new Header(name, value));
            }
        });
        return headers;
    }

    /** These headers, with more in place of those that have the same names. */
    static List<Header> with(Map<String, String> more, List<Header> headers) {
        if (more.isEmpty()) {
            return headers;
        }
        var all = new ArrayList<Header>();
        for (var header : headers) {
            if (more.keySet().stream().noneMatch(header.name()::equalsIgnoreCase)) {
                all.add(header);
            }
        }
        more.forEach((name, value) -> all.add(new Header(name, value)));
        return all;
    }
}
