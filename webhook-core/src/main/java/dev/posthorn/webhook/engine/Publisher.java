package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.NotFoundException;
import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.PublishedEvent;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.engine.HandOff.Handing;
import dev.posthorn.webhook.spi.Appended;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.PublicationLog;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns events into publications: finds who wants them, makes the ids, writes, and passes on what was leased in writing.
 * Safe for use by several threads.
 */
public final class Publisher {
    private final SubscriptionCache subscriptions;
    private final CorrectedClock clock;
    private final Ids ids;
    private final PublicationLog log;
    private final Supplier<Handing> handOff;
    private final Backlog backlog;

    Publisher(
            SubscriptionCache subscriptions,
            CorrectedClock clock,
            Ids ids,
            PublicationLog log,
            Supplier<Handing> handOff,
            Backlog backlog) {
        this.subscriptions = subscriptions;
        this.clock = clock;
        this.ids = ids;
        this.log = log;
        this.handOff = handOff;
        this.backlog = backlog;
    }

    /** Publishes events, which were checked, to all that want them. */
    public List<PublishReceipt> publish(List<WebhookEvent> events) {
        var drafts = new ArrayList<Draft>();
        for (var event : events) {
            var tenant = event.tenant() == null ? NewSubscription.DEFAULT_TENANT : event.tenant();
            drafts.add(new Draft(event, tenant, null, subscriptions.wanting(tenant, event)));
        }
        return append(drafts);
    }

    /** Publishes an event, which was checked, to one subscription, if that wants it. */
    public PublishReceipt publishTo(UUID subscriptionId, WebhookEvent event) {
        var target = target(subscriptionId, event);
        return append(List.of(draft(target, event, subscriptions.wants(target, event))))
                .get(0);
    }

    /** Publishes an event, which was checked, to one subscription, whether or not that wants it. */
    public PublishReceipt test(UUID subscriptionId, WebhookEvent event) {
        return append(List.of(draft(target(subscriptionId, event), event, true)))
                .get(0);
    }

    /** Publishes events, which are of its tenant, to one subscription, as far as that wants them. */
    public List<PublishReceipt> publishTo(UUID subscriptionId, List<WebhookEvent> events) {
        return append(events.stream()
                .map(event -> {
                    var target = target(subscriptionId, event);
                    return draft(target, event, subscriptions.wants(target, event));
                })
                .toList());
    }

    private static Draft draft(CachedSubscription target, WebhookEvent event, boolean wanted) {
        return new Draft(event, target.subscription().tenant(), target.id(), wanted ? List.of(target) : List.of());
    }

    private CachedSubscription target(UUID subscriptionId, WebhookEvent event) {
        var target = subscriptions
                .find(subscriptionId)
                .filter(found -> event.tenant() == null
                        || event.tenant().equals(found.subscription().tenant()))
                .orElseThrow(() -> new NotFoundException("no subscription " + subscriptionId));
        if (!target.takesEvents()) {
            throw new ConflictException("the subscription is disabled: " + subscriptionId);
        }
        return target;
    }

    /** An event with those who get it. */
    private record Draft(
            WebhookEvent event, String tenant, @Nullable UUID target, List<CachedSubscription> subscriptions) {}

    private List<PublishReceipt> append(List<Draft> drafts) {
        var room = backlog.take(() ->
                drafts.stream().flatMap(draft -> draft.subscriptions.stream()).toList());
        if (room == null) {
            return write(drafts).stream().map(Appended::receipt).toList();
        }
        boolean published = false;
        try {
            var receipts = write(drafts).stream().map(Appended::receipt).toList();
            published = true;
            room.published(duplicates(drafts, receipts));
            return receipts;
        } finally {
            if (!published) {
                room.notPublished();
            }
        }
    }

    /** Those to whom nothing was sent, because an earlier publication had the same key. */
    private static List<CachedSubscription> duplicates(List<Draft> drafts, List<PublishReceipt> receipts) {
        var duplicates = new ArrayList<CachedSubscription>();
        for (int i = 0; i < drafts.size(); i++) {
            if (receipts.get(i).duplicate()) {
                duplicates.addAll(drafts.get(i).subscriptions);
            }
        }
        return duplicates;
    }

    private List<Appended> write(List<Draft> drafts) {
        var handing = handOff.get();
        var publications = new ArrayList<Publication>(drafts.size());
        for (var draft : drafts) {
            publications.add(publication(draft, handing));
        }
        try {
            var appended = log.append(publications);
            handing.appended(publications, appended);
            return appended;
        } finally {
            // After a failure nothing is sent from here, whether it was written or not: if it was, the leases run out.
            handing.end();
        }
    }

    private Publication publication(Draft draft, Handing handing) {
        var event = draft.event;
        var now = clock.now();
        var published = new PublishedEvent(
                ids.next(), draft.tenant, event.type(), event.contentType(), event.headers(), event.payload(), now);
        var wait = event.notBefore() == null ? Duration.ZERO : Duration.between(now, event.notBefore());
        var delay = wait.isNegative() ? Duration.ZERO : wait;
        int size = event.payload().size();
        var tickets = new ArrayList<Ticket>(draft.subscriptions.size());
        for (var subscription : draft.subscriptions) {
            var deliveryId = ids.next();
            // One that is paused would only be taken to a lane to be parked from there.
            boolean isSentNow = delay.isZero() && subscription.isActive();
            var lease = isSentNow ? handing.lease(deliveryId, subscription.id(), size) : null;
            tickets.add(new Ticket(deliveryId, subscription.id(), delay, lease, false));
        }
        var key = event.idempotencyKey();
        var idempotency = key == null ? null : new Publication.Idempotency(key, ContentHash.of(event, draft.target));
        return new Publication(published, idempotency, tickets);
    }
}
