package dev.posthorn.examples.server;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.LaneState;
import dev.posthorn.webhook.NotFoundException;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.SubscriptionQuery;
import dev.posthorn.webhook.WebhookDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.UUID;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Subscriptions, and their deliveries. */
@RestController
@RequestMapping("/subscriptions")
final class SubscriptionController {
    private static final int PAGE = 100;

    private final WebhookDispatcher webhooks;

    SubscriptionController(WebhookDispatcher webhooks) {
        this.webhooks = webhooks;
    }

    @PostMapping(consumes = "application/json")
    ResponseEntity<SubscriptionJson> create(HttpServletRequest request) {
        var faults = Faults.inJson();
        var wanted = SubscriptionReader.whole(JsonFields.of(Bodies.read(request, Bodies.MOST_JSON), faults), faults);
        faults.addFromCore(webhooks.subscriptions().faultsIn(wanted));
        faults.throwIfAny();
        var created = webhooks.subscriptions().create(wanted);
        return ResponseEntity.created(
                        URI.create("/subscriptions/" + created.subscription().id()))
                .eTag(etag(created.subscription()))
                .body(SubscriptionJson.of(created));
    }

    @GetMapping
    PageJson<SubscriptionJson> list(HttpServletRequest request) {
        var faults = Faults.inJson();
        var parameters = new Parameters(request, faults);
        var query = new SubscriptionQuery(
                parameters.text("tenant"), parameters.text("after"), parameters.number("limit", PAGE));
        parameters.refuseOthers();
        var page = faults.gather(() -> webhooks.subscriptions().list(query));
        faults.throwIfAny();
        return PageJson.of(page.orElseThrow(), this::json);
    }

    @GetMapping("/{id}")
    ResponseEntity<SubscriptionJson> get(@PathVariable("id") UUID id) {
        return answer(existing(id));
    }

    @PutMapping(path = "/{id}", consumes = "application/json")
    ResponseEntity<SubscriptionJson> replace(@PathVariable("id") UUID id, HttpServletRequest request) {
        var faults = Faults.inJson();
        var json = JsonFields.of(Bodies.read(request, Bodies.MOST_JSON), faults);
        var settings = SubscriptionReader.changeable(json, faults);
        faults.addFromCore(webhooks.subscriptions().faultsIn(id, settings));
        faults.throwIfAny();
        var replaced = faults.gather(() -> atVersion(
                id,
                request.getHeader("If-Match"),
                version -> webhooks.subscriptions().update(id, version, settings)));
        faults.throwIfAny();
        return answer(replaced.orElseThrow());
    }

    /** A body is not needed: without one a symmetric secret is generated, and overlaps as long as usual. */
    @PostMapping("/{id}/rotate-secret")
    ResponseEntity<SubscriptionJson> rotateSecret(@PathVariable("id") UUID id, HttpServletRequest request) {
        var faults = Faults.inJson();
        var rotation = SubscriptionReader.rotation(JsonFields.of(optionalJson(request), faults), faults);
        faults.addFromCore(webhooks.subscriptions().faultsIn(rotation));
        faults.throwIfAny();
        var rotated = faults.gather(() -> atVersion(
                id,
                request.getHeader("If-Match"),
                version -> webhooks.subscriptions().rotateSecret(id, version, rotation)));
        faults.throwIfAny();
        var answer = rotated.orElseThrow();
        return ResponseEntity.ok()
                .eTag(etag(answer.subscription()))
                .body(SubscriptionJson.of(answer, lane(answer.subscription())));
    }

    private static byte[] optionalJson(HttpServletRequest request) {
        var body = Bodies.read(request, Bodies.MOST_JSON);
        if (body.length == 0) {
            return "{}".getBytes(StandardCharsets.US_ASCII);
        }
        var type = request.getContentType();
        if (type == null || !type.toLowerCase(Locale.ROOT).startsWith("application/json")) {
            throw Problems.of(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "Only JSON is taken.",
                    "Content-Type",
                    "must be application/json where there is a body");
        }
        return body;
    }

    /** Changes the version that the request names, or whichever there is. */
    private <T> T atVersion(UUID id, @Nullable String ifMatch, LongFunction<T> change) {
        while (true) {
            var current = existing(id);
            if (ifMatch != null && !matches(ifMatch, etag(current))) {
                throw Problems.of(
                        HttpStatus.PRECONDITION_FAILED,
                        "The subscription has another version.",
                        "If-Match",
                        "must be its ETag, which is " + etag(current));
            }
            try {
                return change.apply(current.version());
            } catch (ConflictException changedMeanwhile) {
                // Read again: where the request names a version, that is now wrong; where not, any will do.
            }
        }
    }

    /** What is published meanwhile waits. */
    @PostMapping("/{id}/pause")
    ResponseEntity<SubscriptionJson> pause(@PathVariable("id") UUID id) {
        return answer(webhooks.subscriptions().pause(id));
    }

    @PostMapping("/{id}/resume")
    ResponseEntity<SubscriptionJson> resume(@PathVariable("id") UUID id) {
        return answer(webhooks.subscriptions().resume(id));
    }

    @DeleteMapping("/{id}")
    ResponseEntity<Void> delete(@PathVariable("id") UUID id) {
        if (!webhooks.subscriptions().delete(id)) {
            throw notFound(id);
        }
        return ResponseEntity.noContent().build();
    }

    @GetMapping("/{id}/deliveries")
    PageJson<DeliveryJson> deliveries(@PathVariable("id") UUID id, HttpServletRequest request) {
        var faults = Faults.inJson();
        var parameters = new Parameters(request, faults);
        var query = DeliveryQuery.ofSubscription(id)
                .status(parameters.oneOf("status", DeliveryStatus.class))
                .eventType(parameters.text("event_type"))
                .after(parameters.text("after"))
                .limit(parameters.number("limit", PAGE));
        parameters.refuseOthers();
        var page = faults.gather(() -> webhooks.deliveries().list(query));
        faults.throwIfAny();
        existing(id);
        return PageJson.of(page.orElseThrow(), DeliveryJson::of);
    }

    private Subscription existing(UUID id) {
        return webhooks.subscriptions().get(id).orElseThrow(() -> notFound(id));
    }

    private static NotFoundException notFound(UUID id) {
        return new NotFoundException("no subscription " + id);
    }

    private ResponseEntity<SubscriptionJson> answer(Subscription subscription) {
        return ResponseEntity.ok().eTag(etag(subscription)).body(json(subscription));
    }

    private SubscriptionJson json(Subscription subscription) {
        return SubscriptionJson.of(subscription, lane(subscription));
    }

    private LaneState lane(Subscription subscription) {
        return webhooks.lane(subscription.id());
    }

    private static String etag(Subscription subscription) {
        return "\"" + subscription.version() + "\"";
    }

    /** Whether an {@code If-Match} names this entity tag (RFC 9110 §13.1.1). */
    private static boolean matches(String ifMatch, String etag) {
        return ifMatch.equals("*")
                || Arrays.stream(ifMatch.split(",", -1))
                        .anyMatch(tag -> tag.strip().equals(etag));
    }
}
