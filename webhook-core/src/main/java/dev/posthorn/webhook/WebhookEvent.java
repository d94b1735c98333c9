package dev.posthorn.webhook;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Something that happened, to be published. Immutable; each method with a parameter returns a changed copy. Nothing is
 * checked here: {@link WebhookPublisher#publish} checks all of it and names every fault at once.
 *
 * @param type what happened, such as {@code order.created}: 1 to 128 characters of {@code A-Z a-z 0-9 _ - .}
 * @param contentType the {@code Content-Type} the payload is sent with
 * @param payload the bytes that are signed and sent, exactly as they are
 * @param headers sent with every attempt, such as {@code traceparent}; at most 64, 8 KB in all
 * @param tenant whose subscriptions the event may reach; {@code null} for {@code default}, or for the subscription's
 *     own tenant where it is published straight to one
 * @param idempotencyKey publishing again with the same key (of one tenant, within the retention) does nothing and
 *     returns the first receipt; with the same key but another type, content type, payload or target it is refused. At
 *     most 255 characters
 * @param notBefore the first attempt waits until then; at once where {@code null} or past. At most 365 days ahead
 */
public record WebhookEvent(
        String type,
        String contentType,
        Bytes payload,
        Map<String, String> headers,
        @Nullable String tenant,
        @Nullable String idempotencyKey,
        @Nullable Instant notBefore) {

    /** Keeps a copy of the headers, in their order. */
    public WebhookEvent {
        headers = headers.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }

    /**
     * An event whose payload is the value's JSON, serialised now and once by Jackson's defaults, as
     * {@code application/json}. For other ways of writing JSON use {@link #of}.
     *
     * @throws InvalidInputException if the value cannot be written as JSON
     */
    public static WebhookEvent json(String type, Object value) {
        try {
            return of(type, "application/json", Bytes.wrap(Json.MAPPER.writeValueAsBytes(value)));
        } catch (JacksonException problem) {
            throw new InvalidInputException(List.of(new InvalidInputException.Fault(
                    "payload", "cannot be written as JSON: " + problem.getOriginalMessage())));
        }
    }

    /** An event with these very bytes as its payload. */
    public static WebhookEvent of(String type, String contentType, Bytes payload) {
        return new WebhookEvent(type, contentType, payload, Map.of(), null, null, null);
    }

    /** The same event with one more header. */
    public WebhookEvent header(String name, String value) {
        var more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return headers(more);
    }

    /** The same event with these headers and no others. */
    public WebhookEvent headers(Map<String, String> newHeaders) {
        return new WebhookEvent(type, contentType, payload, newHeaders, tenant, idempotencyKey, notBefore);
    }

    /** The same event for another tenant. */
    public WebhookEvent tenant(@Nullable String newTenant) {
        return new WebhookEvent(type, contentType, payload, headers, newTenant, idempotencyKey, notBefore);
    }

    /** The same event under an idempotency key. */
    public WebhookEvent idempotencyKey(@Nullable String key) {
        return new WebhookEvent(type, contentType, payload, headers, tenant, key, notBefore);
    }

    /** The same event, first sent at this moment. */
    public WebhookEvent notBefore(@Nullable Instant moment) {
        return new WebhookEvent(type, contentType, payload, headers, tenant, idempotencyKey, moment);
    }

    /** Made at first use, so that a host which publishes bytes pays nothing for it. */
    private static final class Json {
        static final JsonMapper MAPPER = JsonMapper.builder().build();
    }
}
