package dev.posthorn.examples.server;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import jakarta.servlet.http.HttpServletRequest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/** Takes events, to one subscription or to all that want them. */
@RestController
final class PublishController {
    private static final Map<String, String> HEADERS = Map.of(
            "type", "X-Event-Type",
            "contentType", "Content-Type",
            "idempotencyKey", "Idempotency-Key");

    /** Stands in for a type that is not there, so that the rest can be checked. */
    private static final String ANY_TYPE = "any";

    private final WebhookDispatcher webhooks;

    PublishController(WebhookDispatcher webhooks) {
        this.webhooks = webhooks;
    }

    /** The body is the payload, as it is. */
    @PostMapping("/ingest/{subscription_id}")
    ResponseEntity<ReceiptJson.Ingested> ingest(
            @PathVariable("subscription_id") UUID subscriptionId, HttpServletRequest request) {
        var faults = Faults.under(HEADERS);
        var type = request.getHeader("X-Event-Type");
        if (type == null) {
            faults.add("X-Event-Type", "is required");
        }
        var contentType = request.getHeader("Content-Type");
        var event = WebhookEvent.of(
                        type == null ? ANY_TYPE : type,
                        contentType == null ? "application/octet-stream" : contentType,
                        Bytes.wrap(Bodies.read(request, Bodies.MOST_PAYLOAD)))
                .idempotencyKey(request.getHeader("Idempotency-Key"));
        faults.addFromCore(webhooks.faultsIn(event));
        faults.throwIfAny();
        var receipt = webhooks.publishTo(subscriptionId, event);
        var status = receipt.deliveryIds().isEmpty() ? HttpStatus.OK : HttpStatus.ACCEPTED;
        return ResponseEntity.status(status).body(ReceiptJson.Ingested.of(receipt));
    }

    /** The payload is a part of the body, and sent as JSON. */
    @PostMapping(path = "/events", consumes = "application/json")
    ResponseEntity<ReceiptJson> publish(HttpServletRequest request) {
        var faults = Faults.inJson();
        var event = event(JsonFields.of(Bodies.read(request, Bodies.MOST_JSON), faults), faults);
        faults.addFromCore(webhooks.faultsIn(event));
        faults.throwIfAny();
        return ResponseEntity.accepted().body(ReceiptJson.of(webhooks.publish(event)));
    }

    private static WebhookEvent event(JsonFields json, Faults faults) {
        var type = json.requiredText("event_type");
        var payload = json.required("payload");
        var event = WebhookEvent.of(
                        type == null ? ANY_TYPE : type,
                        "application/json",
                        payload == null ? Bytes.EMPTY : bytes(payload))
                .tenant(json.text("tenant"))
                .idempotencyKey(json.text("idempotency_key"))
                .notBefore(instant("not_before", json.text("not_before"), faults));
        json.refuseOthers();
        return event;
    }

    private static Bytes bytes(JsonNode payload) {
        var bytes = JsonFields.MAPPER.writeValueAsBytes(payload);
        if (bytes.length > Bodies.MOST_PAYLOAD) {
            throw Bodies.tooLarge("payload", Bodies.MOST_PAYLOAD);
        }
        return Bytes.wrap(bytes);
    }

    private static @Nullable Instant instant(String name, @Nullable String text, Faults faults) {
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeException e) {
            faults.add(name, "must be a moment such as 2030-01-31T12:00:00Z");
            return null;
        }
    }
}
