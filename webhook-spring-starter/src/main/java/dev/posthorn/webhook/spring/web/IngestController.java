package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Takes payloads for one subscription, as they are. */
@RestController
@RequestMapping(PosthornWebAutoConfiguration.PATH)
final class IngestController {
    private static final String TYPE = "X-Event-Type";
    private static final String KEY = "Idempotency-Key";
    private static final String SIGNATURE = "X-Webhook-Signature";
    private static final Map<String, String> HEADERS =
            Map.of("type", TYPE, "contentType", "Content-Type", "idempotencyKey", KEY);

    /** Stands in for a type that is not there, so that the rest can be checked. */
    private static final String ANY_TYPE = "any";

    private final WebhookDispatcher webhooks;
    private final Reach reach;
    private final Bodies bodies;

    IngestController(WebhookDispatcher webhooks, Reach reach, Bodies bodies) {
        this.webhooks = webhooks;
        this.reach = reach;
        this.bodies = bodies;
    }

    /** The body is the payload. */
    @PostMapping("/ingest/{subscription_id}")
    ResponseEntity<ReceiptJson.Ingested> ingest(
            @PathVariable("subscription_id") UUID subscriptionId, HttpServletRequest request) {
        return bodies.read(request, Bodies.MOST_PAYLOAD, body -> {
            var payload = Bytes.wrap(body);
            var subscription = reach.recentSubscription(subscriptionId, request);
            checkSignature(subscription, payload, request);
            var event = event(payload, request);
            var receipt = webhooks.publishTo(subscriptionId, event);
            var status = receipt.deliveryIds().isEmpty() ? HttpStatus.OK : HttpStatus.ACCEPTED;
            return Answers.of(status, ReceiptJson.Ingested.of(receipt));
        });
    }

    private void checkSignature(Subscription subscription, Bytes payload, HttpServletRequest request) {
        var signature = request.getHeader(SIGNATURE);
        if (signature == null && subscription.settings().signedIngest()) {
            throw Problems.of(
                    HttpStatus.UNAUTHORIZED,
                    "The subscription takes only what is signed; nothing was published.",
                    SIGNATURE,
                    "is required");
        }
        if (signature != null && !webhooks.subscriptions().isSigned(subscription.id(), payload, signature)) {
            throw Problems.of(
                    HttpStatus.UNAUTHORIZED,
                    "The signature is wrong; nothing was published.",
                    SIGNATURE,
                    "must be the HMAC-SHA256 of the body in hex, with the subscription's secret as the key");
        }
    }

    private WebhookEvent event(Bytes payload, HttpServletRequest request) {
        var faults = Faults.inHeaders(HEADERS);
        var type = request.getHeader(TYPE);
        if (type == null) {
            faults.add(TYPE, "is required");
        }
        var contentType = request.getHeader("Content-Type");
        var event = WebhookEvent.of(
                        type == null ? ANY_TYPE : type,
                        contentType == null ? "application/octet-stream" : contentType,
                        payload)
                .idempotencyKey(request.getHeader(KEY));
        faults.addFromCore(webhooks.faultsIn(event));
        faults.throwIfAny();
        return event;
    }
}
