package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.PublishedEvent;
import dev.posthorn.webhook.Signer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a request says beside its body: the Standard Webhooks headers, and what event and subscription add. */
final class RequestHeaders {
    private static final String USER_AGENT = "Posthorn/"
            + Optional.ofNullable(RequestHeaders.class.getPackage().getImplementationVersion())
                    .orElse("dev");

    private RequestHeaders() {}

    /**
     * All headers, each name once: of those that are given, the host's for this attempt go before the event's, and these
     * before the subscription's.
     *
     * @param ofHost what the host gives for this attempt
     * @throws CannotSignException if it cannot be signed as the subscription wants it
     */
    static List<Header> of(
            PublishedEvent event,
            CachedSubscription subscription,
            int attempt,
            Instant now,
            Signatures signatures,
            Map<String, String> ofHost) {
        var settings = subscription.settings();
        var id = event.id().toString();
        long timestamp = now.getEpochSecond();
        var signed = signatures.of(
                settings.signatureSchemes(),
                new Signer.Message(id, timestamp, event.payload(), subscription.secretsAt(now)));
        var headers = new ArrayList<Header>();
        headers.add(new Header("Content-Type", event.contentType()));
        headers.add(new Header("User-Agent", USER_AGENT));
        headers.add(new Header("webhook-id", id));
        headers.add(new Header("webhook-timestamp", Long.toString(timestamp)));
        headers.addAll(signed);
        headers.add(new Header("webhook-event-type", event.type()));
        headers.add(new Header("webhook-attempt", Integer.toString(attempt)));
        for (var given : List.of(ofHost, event.headers(), settings.headers())) {
            given.forEach((name, value) -> {
                if (!has(headers, name)) {
                    headers.add(new Header(name, value));
                }
            });
        }
        return headers;
    }

    /** A signature that is there twice, one of them somebody else's, would be no signature. */
    private static boolean has(List<Header> headers, String name) {
        for (var header : headers) {
            if (header.name().equalsIgnoreCase(name)) {
                return true;
            }
        }
        return false;
    }
}
