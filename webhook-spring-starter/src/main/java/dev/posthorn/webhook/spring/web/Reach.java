package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.DeliveryDetails;
import dev.posthorn.webhook.NotFoundException;
import dev.posthorn.webhook.PublishedEvent;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.WebhookDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import java.util.UUID;

/**
 * Finds what a request names, as far as its caller may see it: what is another tenant's is as if it were not there. A thing's
 * tenant never changes, so what was found may be acted on.
 */
final class Reach {
    private final WebhookDispatcher webhooks;
    private final Callers callers;

    Reach(WebhookDispatcher webhooks, Callers callers) {
        this.webhooks = webhooks;
        this.callers = callers;
    }

    Caller caller(HttpServletRequest request) {
        return callers.of(request);
    }

    Optional<Subscription> findSubscription(UUID id, HttpServletRequest request) {
        var caller = caller(request);
        return webhooks.subscriptions().get(id).filter(found -> caller.sees(found.tenant()));
    }

    /** @throws NotFoundException if it is not there for this caller */
    Subscription subscription(UUID id, HttpServletRequest request) {
        return findSubscription(id, request).orElseThrow(() -> new NotFoundException("no subscription " + id));
    }

    /**
     * The subscription as it was at most a second ago, mostly without asking the store.
     *
     * @throws NotFoundException if it is not there for this caller
     */
    Subscription recentSubscription(UUID id, HttpServletRequest request) {
        var caller = caller(request);
        return webhooks.subscriptions()
                .recent(id)
                .filter(found -> caller.sees(found.tenant()))
                .orElseThrow(() -> new NotFoundException("no subscription " + id));
    }

    /** @throws NotFoundException if it is not there for this caller */
    DeliveryDetails delivery(UUID id, HttpServletRequest request) {
        var caller = caller(request);
        return webhooks.deliveries()
                .get(id)
                .filter(found -> caller.sees(found.delivery().tenant()))
                .orElseThrow(() -> new NotFoundException("no delivery " + id));
    }

    /** @throws NotFoundException if it is not there for this caller */
    PublishedEvent event(UUID id, HttpServletRequest request) {
        var caller = caller(request);
        return webhooks.deliveries()
                .event(id)
                .filter(found -> caller.sees(found.tenant()))
                .orElseThrow(() -> new NotFoundException("no event " + id));
    }
}
