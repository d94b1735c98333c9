package dev.posthorn.webhook.spring.web;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.posthorn.webhook.PublishedEvent;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/** An event as it was published. */
record EventJson(
        UUID id,
        String tenant,
        String eventType,
        Map<String, String> headers,
        @JsonUnwrapped PayloadJson sent,
        Instant createdAt) {
    static EventJson of(PublishedEvent event) {
        return new EventJson(
                event.id(), event.tenant(), event.type(), event.headers(), PayloadJson.of(event), event.publishedAt());
    }
}
