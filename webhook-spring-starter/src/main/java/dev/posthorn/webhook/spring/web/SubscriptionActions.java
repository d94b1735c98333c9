package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.RetryFailed;
import dev.posthorn.webhook.RetryProgress;
import dev.posthorn.webhook.RotatedSecret;
import dev.posthorn.webhook.WaitingDeliveries;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** What can be done with a subscription, beside changing it. */
@RestController
@RequestMapping(PosthornWebAutoConfiguration.PATH + "/subscriptions/{id}")
final class SubscriptionActions {
    private static final String TEST_TYPE = "webhook.test";

    private final WebhookDispatcher webhooks;
    private final Reach reach;
    private final Bodies bodies;
    private final SubscriptionView view;

    SubscriptionActions(WebhookDispatcher webhooks, Reach reach, Bodies bodies, SubscriptionView view) {
        this.webhooks = webhooks;
        this.reach = reach;
        this.bodies = bodies;
        this.view = view;
    }

    /** What is published meanwhile waits. */
    @PostMapping("/pause")
    ResponseEntity<SubscriptionJson> pause(@PathVariable("id") UUID id, HttpServletRequest request) {
        reach.subscription(id, request);
        return view.answer(webhooks.subscriptions().pause(id));
    }

    @PostMapping("/resume")
    ResponseEntity<SubscriptionJson> resume(@PathVariable("id") UUID id, HttpServletRequest request) {
        reach.subscription(id, request);
        return view.answer(webhooks.subscriptions().resume(id));
    }

    @PostMapping("/disable")
    ResponseEntity<SubscriptionJson> disable(@PathVariable("id") UUID id, HttpServletRequest request) {
        reach.subscription(id, request);
        return view.answer(webhooks.subscriptions().disable(id));
    }

    /** A body is not needed: without one, what has waited is delivered. */
    @PostMapping("/enable")
    ResponseEntity<SubscriptionJson> enable(@PathVariable("id") UUID id, HttpServletRequest request) {
        return bodies.readOptionalJson(request, body -> {
            var faults = Faults.inBody();
            var json = JsonFields.of(body, faults);
            var waiting = json.oneOf("waiting", WaitingDeliveries.class);
            json.refuseOthers();
            faults.throwIfAny();
            reach.subscription(id, request);
            return view.answer(
                    webhooks.subscriptions().enable(id, waiting == null ? WaitingDeliveries.DELIVER : waiting));
        });
    }

    /** A body is not needed: without one a symmetric secret is generated, and overlaps as long as usual. */
    @PostMapping("/rotate-secret")
    ResponseEntity<SubscriptionJson> rotateSecret(@PathVariable("id") UUID id, HttpServletRequest request) {
        return bodies.readOptionalJson(request, body -> {
            var faults = Faults.inBody();
            var rotation = SubscriptionReader.rotation(JsonFields.of(body, faults), faults);
            faults.addFromCore(webhooks.subscriptions().faultsIn(rotation));
            faults.throwIfAny();
            var rotated = faults.gather(() -> {
                while (true) {
                    var before = reach.subscription(id, request);
                    EntityTags.check(request.getHeader("If-Match"), before);
                    try {
                        return webhooks.subscriptions().rotateSecret(id, before.version(), rotation);
                    } catch (ConflictException changedMeanwhile) {
                        // Read again: where the request names a version, that is now wrong; where not, any will do.
                    }
                }
            });
            faults.throwIfAny();
            return answer(rotated.orElseThrow());
        });
    }

    private ResponseEntity<SubscriptionJson> answer(RotatedSecret rotated) {
        return Answers.begin(HttpStatus.OK)
                .eTag(EntityTags.of(rotated.subscription()))
                .body(view.rotated(rotated));
    }

    /** A body is not needed: without one there is an event of a type of its own that says that it is a test. */
    @PostMapping("/test")
    ResponseEntity<ReceiptJson.Ingested> test(@PathVariable("id") UUID id, HttpServletRequest request) {
        return bodies.readOptionalJson(request, body -> {
            var faults = Faults.inBody();
            var json = JsonFields.of(body, faults);
            var type = json.text("event_type");
            var payload = json.any("payload");
            json.refuseOthers();
            var bytes = payload == null ? Bytes.utf8("{\"test\":true}") : EventReader.bytes(payload);
            var event = WebhookEvent.of(type == null ? TEST_TYPE : type, "application/json", bytes);
            faults.addFromCore(webhooks.faultsIn(event));
            faults.throwIfAny();
            reach.subscription(id, request);
            return Answers.of(HttpStatus.ACCEPTED, ReceiptJson.Ingested.of(webhooks.test(id, event)));
        });
    }

    /** One page of it. What was done is durable, and goes on from the answer's {@code next}. */
    @PostMapping(path = "/retry-failed", consumes = "application/json")
    ResponseEntity<RetryJson> retryFailed(@PathVariable("id") UUID id, HttpServletRequest request) {
        return bodies.read(request, Bodies.MOST_JSON, body -> {
            var faults = Faults.inBody();
            var json = JsonFields.of(body, faults);
            var since = json.requiredMoment("since");
            var failedUntil = json.moment("failed_until");
            var target = json.id("target_subscription_id");
            var perSecond = json.wholeNumber("per_second");
            var after = json.text("after");
            var limit = json.wholeNumber("limit");
            json.refuseOthers();
            checkTarget(id, target, request, faults);
            faults.throwIfAny();
            var page = RetryFailed.of(id, since == null ? Instant.EPOCH : since)
                    .failedUntil(failedUntil)
                    .after(after)
                    .to(target);
            var paced = perSecond == null ? page : page.perSecond(perSecond);
            var limited = limit == null ? paced : paced.limit(limit);
            var progress = faults.gather(() -> webhooks.deliveries().retryFailed(limited));
            faults.throwIfAny();
            return Answers.of(HttpStatus.ACCEPTED, RetryJson.of(progress.orElseThrow()));
        });
    }

    private void checkTarget(UUID id, @Nullable UUID target, HttpServletRequest request, Faults faults) {
        var subscription = reach.subscription(id, request);
        if (target != null
                && reach.findSubscription(target, request)
                        .filter(found -> found.tenant().equals(subscription.tenant()))
                        .isEmpty()) {
            faults.add("target_subscription_id", "must be a subscription of the same tenant");
        }
    }

    /** How far it has come. */
    record RetryJson(
            int retried, Instant failedUntil, @Nullable String next) {
        static RetryJson of(RetryProgress progress) {
            return new RetryJson(progress.retried(), progress.failedUntil(), progress.next());
        }
    }
}
