package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.SubscriptionQuery;
import dev.posthorn.webhook.SubscriptionSettings;
import dev.posthorn.webhook.WebhookDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Subscriptions, and their deliveries. */
@RestController
@RequestMapping(PosthornWebAutoConfiguration.PATH + "/subscriptions")
final class SubscriptionController {
    private final WebhookDispatcher webhooks;
    private final Reach reach;
    private final Bodies bodies;
    private final SubscriptionView view;

    SubscriptionController(WebhookDispatcher webhooks, Reach reach, Bodies bodies, SubscriptionView view) {
        this.webhooks = webhooks;
        this.reach = reach;
        this.bodies = bodies;
        this.view = view;
    }

    @PostMapping(consumes = "application/json")
    ResponseEntity<SubscriptionJson> create(HttpServletRequest request) {
        return bodies.read(request, Bodies.MOST_JSON, body -> {
            var faults = Faults.inBody();
            var wanted = SubscriptionReader.whole(JsonFields.of(body, faults), reach.caller(request), faults);
            faults.addFromCore(webhooks.subscriptions().faultsIn(wanted));
            faults.throwIfAny();
            var created = webhooks.subscriptions().create(wanted);
            return Answers.begin(HttpStatus.CREATED)
                    .location(URI.create(request.getRequestURI() + "/"
                            + created.subscription().id()))
                    .eTag(EntityTags.of(created.subscription()))
                    .body(view.created(created));
        });
    }

    @GetMapping
    ResponseEntity<PageJson<SubscriptionJson>> list(HttpServletRequest request) {
        var faults = Faults.inParameters();
        var parameters = new Parameters(request, faults);
        var query = new SubscriptionQuery(
                reach.caller(request).tenant(parameters.text("tenant"), "tenant", faults),
                parameters.text("after"),
                parameters.number("limit", PageJson.LIMIT));
        parameters.refuseOthers();
        var page = faults.gather(() -> webhooks.subscriptions().list(query));
        faults.throwIfAny();
        return Answers.ok(PageJson.of(page.orElseThrow(), view::shown));
    }

    @GetMapping("/{id}")
    ResponseEntity<SubscriptionJson> get(@PathVariable("id") UUID id, HttpServletRequest request) {
        return view.answer(reach.subscription(id, request));
    }

    @PutMapping(path = "/{id}", consumes = "application/json")
    ResponseEntity<SubscriptionJson> replace(@PathVariable("id") UUID id, HttpServletRequest request) {
        return bodies.read(request, Bodies.MOST_JSON, body -> {
            var faults = Faults.inBody();
            // Faults first: they are to be told whether or not the subscription is there.
            var settings = SubscriptionReader.changeable(JsonFields.of(body, faults), faults);
            faults.addFromCore(webhooks.subscriptions().faultsIn(id, settings));
            faults.throwIfAny();
            return change(id, request, faults, before -> settings);
        });
    }

    /** What the request names is replaced, each field as a whole; what it does not name stays. */
    @PatchMapping(path = "/{id}", consumes = "application/json")
    ResponseEntity<SubscriptionJson> patch(@PathVariable("id") UUID id, HttpServletRequest request) {
        return bodies.read(request, Bodies.MOST_JSON, body -> {
            var faults = Faults.inBody();
            var patch = JsonFields.object(body);
            return change(id, request, faults, before -> {
                var patched = JsonFields.of(view.patched(before, patch), "", faults);
                var settings = SubscriptionReader.changeable(patched, faults);
                faults.addFromCore(webhooks.subscriptions().faultsIn(id, settings));
                faults.throwIfAny();
                return settings;
            });
        });
    }

    private ResponseEntity<SubscriptionJson> change(
            UUID id, HttpServletRequest request, Faults faults, SettingsChange change) {
        var ifMatch = request.getHeader("If-Match");
        while (true) {
            var before = reach.subscription(id, request);
            EntityTags.check(ifMatch, before);
            try {
                var settings = change.of(before);
                var changed = faults.gather(() -> webhooks.subscriptions().update(id, before.version(), settings));
                faults.throwIfAny();
                return view.answer(changed.orElseThrow());
            } catch (ConflictException changedMeanwhile) {
                // Read again: where the request names a version, that is now wrong; where not, any will do.
            }
        }
    }

    @DeleteMapping("/{id}")
    ResponseEntity<Void> delete(@PathVariable("id") UUID id, HttpServletRequest request) {
        EntityTags.check(request.getHeader("If-Match"), reach.subscription(id, request));
        webhooks.subscriptions().delete(id);
        return ResponseEntity.noContent().build();
    }

    @GetMapping("/{id}/deliveries")
    ResponseEntity<PageJson<DeliveryJson>> deliveries(@PathVariable("id") UUID id, HttpServletRequest request) {
        var faults = Faults.inParameters();
        var parameters = new Parameters(request, faults);
        var query = DeliveryParameters.read(parameters, DeliveryQuery.ofSubscription(id));
        parameters.refuseOthers();
        var page = faults.gather(() -> webhooks.deliveries().list(query));
        faults.throwIfAny();
        reach.subscription(id, request);
        return Answers.ok(PageJson.of(page.orElseThrow(), DeliveryJson::of));
    }

    /** Makes the settings that a subscription is to have from those it has. */
    private interface SettingsChange {
        SubscriptionSettings of(Subscription before);
    }
}
