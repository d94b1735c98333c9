package dev.posthorn.webhook.behaviour;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.Delivery;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.Page;
import dev.posthorn.webhook.PublishedEvent;
import dev.posthorn.webhook.spi.Appended;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Loaded;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.Retried;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Deliveries as one node sees them, with trouble in between. */
record FaultyDeliveries(DeliveryStore real, Trouble trouble) implements DeliveryStore {
    @Override
    public List<Appended> append(List<Publication> publications) {
        return trouble.around(Call.APPEND, () -> real.append(publications));
    }

    @Override
    public Loaded load(List<Lease> leases, long maxBytes) {
        return trouble.around(Call.LOAD, () -> real.load(leases, maxBytes));
    }

    @Override
    public Set<UUID> record(List<DeliveryOutcome> outcomes) {
        return trouble.record(outcomes, () -> real.record(outcomes));
    }

    @Override
    public Optional<Delivery> find(UUID deliveryId) {
        return trouble.around(Call.FIND_DELIVERY, () -> real.find(deliveryId));
    }

    @Override
    public Optional<PublishedEvent> findEvent(UUID eventId) {
        return trouble.around(Call.FIND_EVENT, () -> real.findEvent(eventId));
    }

    @Override
    public List<Attempt> attempts(UUID deliveryId) {
        return trouble.around(Call.ATTEMPTS, () -> real.attempts(deliveryId));
    }

    @Override
    public Page<Delivery> list(DeliveryQuery query) {
        return trouble.around(Call.LIST_DELIVERIES, () -> real.list(query));
    }

    @Override
    public List<Ticket> pending(UUID subscriptionId, UUID after, int limit) {
        return trouble.around(Call.PENDING, () -> real.pending(subscriptionId, after, limit));
    }

    @Override
    public List<Ticket> overdue(Duration by, UUID after, int limit) {
        return trouble.around(Call.OVERDUE, () -> real.overdue(by, after, limit));
    }

    @Override
    public Page<Ticket> aged(Duration firstDueAgo, String after, int limit) {
        return trouble.around(Call.AGED, () -> real.aged(firstDueAgo, after, limit));
    }

    @Override
    public Set<UUID> expire(Map<UUID, Duration> ages) {
        return trouble.around(Call.EXPIRE, () -> real.expire(ages));
    }

    @Override
    public Retried retry(Map<UUID, Duration> delays) {
        return trouble.around(Call.RETRY, () -> real.retry(delays));
    }

    @Override
    public Set<UUID> cancel(Collection<UUID> deliveryIds) {
        return trouble.around(Call.CANCEL, () -> real.cancel(deliveryIds));
    }

    @Override
    public Set<UUID> cancelPending(UUID subscriptionId, int limit) {
        return trouble.around(Call.CANCEL_PENDING, () -> real.cancelPending(subscriptionId, limit));
    }

    @Override
    public int purge(Duration retention, int limit) {
        return trouble.around(Call.PURGE, () -> real.purge(retention, limit));
    }
}
