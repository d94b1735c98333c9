package dev.posthorn.webhook;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * An event as it is stored. It never changes.
 *
 * @param id a UUIDv7; travels as {@code webhook-id}, the same in every attempt to every endpoint
 * @param tenant whose subscriptions it could reach
 * @param type what happened
 * @param contentType the {@code Content-Type} it is sent with
 * @param headers sent with every attempt
 * @param payload the bytes that are signed and sent
 * @param publishedAt when it was published, by the publishing node's clock corrected to the store's
 */
public record PublishedEvent(
        UUID id,
        String tenant,
        String type,
        String contentType,
        Map<String, String> headers,
        Bytes payload,
        Instant publishedAt) {

    /** Keeps a copy of the headers, in their order. */
    public PublishedEvent {
        headers = headers.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }
}
