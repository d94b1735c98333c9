package dev.posthorn.webhook.engine;

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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The real store of deliveries, each answer and each state held against the {@link Ledger}. */
final class CheckedStore implements DeliveryStore {
    private final DeliveryStore store;
    private final Ledger ledger;
    private final Invariants invariants;
    private final Trace trace;
    private final Schedule schedule;

    CheckedStore(DeliveryStore store, Ledger ledger, Invariants invariants, Trace trace, Schedule schedule) {
        this.store = store;
        this.ledger = ledger;
        this.invariants = invariants;
        this.trace = trace;
        this.schedule = schedule;
    }

    private void note(String what, Object... parts) {
        trace.note(schedule.now(), what, parts);
    }

    private void check(UUID id) {
        var entry = ledger.entries.get(id);
        var found = store.find(id);
        if (entry == null) {
            invariants.hold(found.isEmpty(), id, "is stored and was never appended");
            return;
        }
        invariants.hold(
                found.isPresent()
                        && found.get().status() == entry.status
                        && found.get().failure() == entry.failure
                        && found.get().attemptCount() == entry.attempts.size(),
                id,
                "is",
                found,
                "and ought to be",
                entry);
    }

    @Override
    public List<Appended> append(List<Publication> publications) {
        var appended = store.append(publications);
        for (int i = 0; i < publications.size(); i++) {
            var publication = publications.get(i);
            boolean isNew = !appended.get(i).receipt().duplicate();
            if (isNew && invariants.stored(publication)) {
                var leases = new HashMap<UUID, Lease>();
                appended.get(i).leases().forEach(lease -> leases.put(lease.deliveryId(), lease));
                for (var ticket : publication.deliveries()) {
                    note("append", ticket.deliveryId(), ticket.subscriptionId(), ticket.delay());
                    ledger.appended(publication.event().id(), ticket);
                    var lease = leases.get(ticket.deliveryId());
                    if (lease != null && ticket.lease() != null) {
                        ledger.leasedUnread(
                                lease, schedule.now() + ticket.lease().toNanos());
                    }
                    check(ticket.deliveryId());
                }
            }
        }
        return appended;
    }

    @Override
    public Loaded load(List<Lease> leases, long maxBytes) {
        var loaded = store.load(leases, maxBytes);
        for (var ready : loaded.ready()) {
            note("load", ready.lease().deliveryId(), ready.lease().token());
            var fault = ledger.read(ready);
            invariants.hold(fault == null, ready.lease().deliveryId(), fault);
        }
        return loaded;
    }

    @Override
    public Set<UUID> record(List<DeliveryOutcome> outcomes) {
        var late = store.record(outcomes);
        var expected = new HashSet<UUID>();
        for (var outcome : outcomes) {
            var id = outcome.deliveryId();
            note("record", id, outcome.status(), outcome.lease().token(), outcome.attempt() != null, late.contains(id));
            invariants.recorded(outcome);
            if (ledger.recorded(outcome)) {
                expected.add(id);
            }
        }
        invariants.hold(late.equals(expected), null, "late are", late, "and ought to be", expected);
        outcomes.forEach(outcome -> check(outcome.deliveryId()));
        return late;
    }

    @Override
    public Retried retry(Map<UUID, Duration> delays) {
        var retried = store.retry(delays);
        var refused = new HashSet<UUID>();
        delays.forEach((id, delay) -> {
            note("retry", id, delay, retried.leased().contains(id));
            if (ledger.retried(id, delay)) {
                refused.add(id);
            }
            check(id);
        });
        invariants.hold(retried.leased().equals(refused), null, "refused are", retried.leased(), "and not", refused);
        return retried;
    }

    @Override
    public Set<UUID> cancel(Collection<UUID> deliveryIds) {
        var ids = List.copyOf(deliveryIds);
        var cancelled = store.cancel(ids);
        cancelled(ids, cancelled);
        return cancelled;
    }

    private void cancelled(Collection<UUID> ids, Set<UUID> cancelled) {
        for (var id : ids) {
            note("cancel", id, cancelled.contains(id));
            invariants.hold(ledger.cancelled(id) == cancelled.contains(id), id, "cancelled:", cancelled.contains(id));
            check(id);
        }
    }

    @Override
    public Set<UUID> cancelPending(UUID subscriptionId, int limit) {
        var cancelled = store.cancelPending(subscriptionId, limit);
        cancelled(cancelled.stream().sorted().toList(), cancelled);
        return cancelled;
    }

    @Override
    public Optional<Delivery> find(UUID deliveryId) {
        return store.find(deliveryId);
    }

    @Override
    public Optional<PublishedEvent> findEvent(UUID eventId) {
        return store.findEvent(eventId);
    }

    @Override
    public List<Attempt> attempts(UUID deliveryId) {
        return store.attempts(deliveryId);
    }

    @Override
    public Page<Delivery> list(DeliveryQuery query) {
        return store.list(query);
    }

    @Override
    public List<Ticket> pending(UUID subscriptionId, @Nullable UUID after, int limit) {
        return store.pending(subscriptionId, after, limit);
    }

    @Override
    public List<Ticket> overdue(Duration by, @Nullable UUID after, int limit) {
        return store.overdue(by, after, limit);
    }

    @Override
    public Page<Ticket> aged(Duration firstDueAgo, @Nullable String after, int limit) {
        return store.aged(firstDueAgo, after, limit);
    }

    @Override
    public Set<UUID> expire(Map<UUID, Duration> ages) {
        var expired = store.expire(ages);
        ages.forEach((id, age) -> {
            note("expire", id, age, expired.contains(id));
            invariants.hold(ledger.expired(id, age) == expired.contains(id), id, "expired:", expired.contains(id));
            check(id);
        });
        return expired;
    }

    @Override
    public int purge(Duration retention, int limit) {
        return store.purge(retention, limit);
    }
}
