package dev.posthorn.webhook.memory;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.Delivery;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.Page;
import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.PublishedEvent;
import dev.posthorn.webhook.spi.Appended;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Loaded;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.Retried;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.Ticket;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

final class InMemoryDeliveryStore implements DeliveryStore {
    /** How many rows a page of a list reads at most. */
    private static final int ROWS_PER_PAGE = 10_000;

    /** The queue keeps time by another clock than this store; a ticket that comes so little early is not worth returning. */
    private static final Duration EARLY = Duration.ofMillis(50);

    private final ReentrantLock lock;
    private final TimeSource time;
    private final @Nullable InMemoryDeliveryQueue queue;
    private final InMemorySubscriptionStore subscriptions;

    private final Map<UUID, EventRow> events = new HashMap<>();
    private final Map<IdempotencyKey, EventRow> idempotencyKeys = new HashMap<>();
    private final Map<UUID, DeliveryRow> deliveries = new HashMap<>();
    private final RowsById all = new RowsById();
    private final Map<UUID, RowsById> bySubscription = new HashMap<>();
    private final Map<UUID, NavigableMap<UUID, DeliveryRow>> pending = new HashMap<>();
    /** In the order in which they ended. */
    private final Set<DeliveryRow> completed = new LinkedHashSet<>();
    /** Events without deliveries, in the order in which they were published. */
    private final Set<EventRow> unwanted = new LinkedHashSet<>();

    private @Nullable Duration retention;

    private record IdempotencyKey(String tenant, String key) {}

    InMemoryDeliveryStore(
            ReentrantLock lock,
            TimeSource time,
            @Nullable InMemoryDeliveryQueue queue,
            InMemorySubscriptionStore subscriptions) {
        this.lock = lock;
        this.time = time;
        this.queue = queue;
        this.subscriptions = subscriptions;
    }

    @Override
    public List<Appended> append(List<Publication> publications) {
        return locked(() -> {
            refuseReusedKeys(publications);
            var appended = new ArrayList<Appended>(publications.size());
            for (var publication : publications) {
                appended.add(append(publication));
            }
            return appended;
        });
    }

    /** Before anything is written, because all are written or none. */
    private void refuseReusedKeys(List<Publication> publications) {
        var hashes = new HashMap<IdempotencyKey, Publication.Idempotency>();
        for (var publication : publications) {
            var idempotency = publication.idempotency();
            if (idempotency != null) {
                var key = new IdempotencyKey(publication.event().tenant(), idempotency.key());
                var stored = idempotencyKeys.get(key);
                var first = stored != null ? stored.idempotency : hashes.putIfAbsent(key, idempotency);
                if (first != null && !first.contentHash().equals(idempotency.contentHash())) {
                    throw new ConflictException("the idempotency key was used with other content: " + key.key);
                }
            }
        }
    }

    private Appended append(Publication publication) {
        var event = publication.event();
        var again = events.get(event.id());
        if (again != null) {
            return new Appended(again.receipt, List.of());
        }
        var idempotency = publication.idempotency();
        if (idempotency != null) {
            var first = idempotencyKeys.get(new IdempotencyKey(event.tenant(), idempotency.key()));
            if (first != null) {
                var receipt = new PublishReceipt(first.event.id(), first.receipt.deliveryIds(), true);
                return new Appended(receipt, List.of());
            }
        }
        var ids = publication.deliveries().stream().map(Ticket::deliveryId).toList();
        var row = new EventRow(event, idempotency, new PublishReceipt(event.id(), ids, false));
        events.put(event.id(), row);
        if (idempotency != null) {
            idempotencyKeys.put(new IdempotencyKey(event.tenant(), idempotency.key()), row);
        }
        if (ids.isEmpty()) {
            unwanted.add(row);
        }
        for (var ticket : publication.deliveries()) {
            var delivery = new DeliveryRow(ticket.deliveryId(), row, ticket.subscriptionId());
            delivery.beginRound(ticket.delay(), time);
            deliveries.put(delivery.id, delivery);
            all.add(delivery);
            bySubscription
                    .computeIfAbsent(delivery.subscriptionId, id -> new RowsById())
                    .add(delivery);
            addPending(delivery);
        }
        var leases = queue == null
                ? List.<Lease>of()
                : queue.enqueue(publication.deliveries()).leases();
        return new Appended(row.receipt, leases);
    }

    @Override
    public Loaded load(List<Lease> leases, long maxBytes) {
        return locked(() -> {
            var ready = new ArrayList<Loaded.Ready>();
            var settlements = new ArrayList<Settlement>();
            var read = new HashSet<UUID>();
            long bytes = 0;
            for (int i = 0; i < leases.size(); i++) {
                var lease = leases.get(i);
                var row = deliveries.get(lease.deliveryId());
                if (row == null || row.status.isTerminal()) {
                    settlements.add(new Settlement.Done(lease));
                } else if (row.untilDue(time).compareTo(EARLY) > 0) {
                    settlements.add(new Settlement.Again(lease, row.untilDue(time), row.attemptsThisRound > 0));
                } else {
                    var event = row.event.event;
                    if (!read.contains(event.id())) {
                        if (!read.isEmpty() && bytes + event.payload().size() > maxBytes) {
                            return new Loaded(ready, settlements, leases.subList(i, leases.size()));
                        }
                        bytes += event.payload().size();
                        read.add(event.id());
                    }
                    ready.add(row.toReady(lease, time));
                }
            }
            return new Loaded(ready, settlements, List.of());
        });
    }

    @Override
    public Set<UUID> record(List<DeliveryOutcome> outcomes) {
        return locked(() -> {
            var late = new HashSet<UUID>();
            for (var outcome : outcomes) {
                var row = deliveries.get(outcome.deliveryId());
                var attempt = outcome.attempt();
                boolean recordedBefore = row == null || (attempt != null && !row.add(attempt));
                if (row != null && !recordedBefore && !apply(outcome, row)) {
                    late.add(row.id);
                }
            }
            return late;
        });
    }

    private boolean apply(DeliveryOutcome outcome, DeliveryRow row) {
        if (outcome.status() == DeliveryStatus.SUCCEEDED) {
            if (row.status == DeliveryStatus.SUCCEEDED) {
                return false;
            }
            complete(row, DeliveryStatus.SUCCEEDED, null);
            return true;
        }
        boolean recordedBefore = outcome.attempt() == null && row.failure != null && row.failure == outcome.failure();
        if (recordedBefore) {
            return true;
        }
        if (row.version != outcome.seenVersion() || (queue != null && !queue.holds(outcome.lease()))) {
            return false;
        }
        var retryIn = outcome.retryIn();
        if (retryIn == null) {
            complete(row, outcome.status(), outcome.failure());
        } else {
            row.attemptsThisRound++;
            row.waitFor(retryIn, time);
            if (queue != null) {
                queue.giveBack(row.id, retryIn, true);
            }
        }
        return true;
    }

    private void complete(DeliveryRow row, DeliveryStatus status, @Nullable FailureReason failure) {
        if (row.status.isTerminal()) {
            completed.remove(row);
        }
        row.complete(status, failure, time.now());
        completed.add(row);
        removePending(row);
        if (queue != null) {
            queue.take(row.id);
        }
    }

    @Override
    public Optional<Delivery> find(UUID deliveryId) {
        return locked(() -> Optional.ofNullable(deliveries.get(deliveryId))
                .filter(row -> !isPastRetention(row))
                .map(DeliveryRow::toDelivery));
    }

    @Override
    public Optional<PublishedEvent> findEvent(UUID eventId) {
        return locked(() -> Optional.ofNullable(events.get(eventId)).map(row -> row.event));
    }

    @Override
    public List<Attempt> attempts(UUID deliveryId) {
        return locked(() -> {
            var row = deliveries.get(deliveryId);
            return row == null || isPastRetention(row) ? List.of() : List.copyOf(row.attempts);
        });
    }

    @Override
    public Page<Delivery> list(DeliveryQuery query) {
        return locked(() -> {
            var rows = query.subscriptionId() == null
                    ? all
                    : bySubscription.getOrDefault(query.subscriptionId(), new RowsById());
            var older = rows.before(query.after() == null ? null : UUID.fromString(query.after()))
                    .iterator();
            var items = new ArrayList<Delivery>();
            int read = 0;
            UUID last = null;
            while (older.hasNext()) {
                var row = older.next();
                if (items.size() == query.limit() || read == ROWS_PER_PAGE) {
                    return new Page<>(items, String.valueOf(last));
                }
                read++;
                last = row.id;
                if (!isPastRetention(row) && matches(query, row)) {
                    items.add(row.toDelivery());
                }
            }
            return new Page<>(items, null);
        });
    }

    private static boolean matches(DeliveryQuery query, DeliveryRow row) {
        var event = row.event.event;
        return (query.tenant() == null || query.tenant().equals(event.tenant()))
                && (query.status() == null || query.status() == row.status)
                && (query.eventType() == null || query.eventType().equals(event.type()))
                && (query.since() == null || !event.publishedAt().isBefore(query.since()))
                && (query.until() == null || event.publishedAt().isBefore(query.until()));
    }

    @Override
    public List<Ticket> pending(UUID subscriptionId, @Nullable UUID after, int limit) {
        return locked(() -> {
            var waiting = pending.getOrDefault(subscriptionId, new TreeMap<>());
            return (after == null ? waiting : waiting.tailMap(after, false))
                    .values().stream().limit(limit).map(this::ticket).toList();
        });
    }

    @Override
    public List<Ticket> overdue(Duration by, @Nullable UUID after, int limit) {
        return locked(() -> all.after(after)
                .filter(row -> !row.status.isTerminal() && row.isDueFor(by, time))
                .filter(row -> !subscriptions.isDisabled(row.subscriptionId))
                .limit(limit)
                .map(this::ticket)
                .toList());
    }

    @Override
    public Page<Ticket> aged(Duration firstDueAgo, @Nullable String after, int limit) {
        var from = after == null ? null : UUID.fromString(after);
        return locked(() -> {
            var tickets = pending.entrySet().stream()
                    .filter(entry -> subscriptions.isActive(entry.getKey()))
                    // No more than the limit of any, so that the rest is not even looked at.
                    .flatMap(entry -> (from == null
                                    ? entry.getValue()
                                    : entry.getValue().tailMap(from, false))
                            .values().stream()
                                    .filter(row -> row.wasFirstDue(firstDueAgo, time))
                                    .limit(limit))
                    .sorted(Comparator.comparing(row -> row.id))
                    .limit(limit)
                    .map(this::ticket)
                    .toList();
            boolean isLast = tickets.size() < limit;
            return new Page<>(
                    tickets, isLast ? null : tickets.get(limit - 1).deliveryId().toString());
        });
    }

    @Override
    public Set<UUID> expire(Map<UUID, Duration> ages) {
        return locked(() -> {
            var expired = new HashSet<UUID>();
            ages.forEach((id, age) -> {
                var row = deliveries.get(id);
                if (row != null
                        && !row.status.isTerminal()
                        && row.wasFirstDue(age, time)
                        && (queue == null || !queue.isLeased(id))) {
                    complete(row, DeliveryStatus.FAILED, FailureReason.EXPIRED);
                    expired.add(id);
                }
            });
            return expired;
        });
    }

    @Override
    public Retried retry(Map<UUID, Duration> delays) {
        return locked(() -> {
            var tickets = new ArrayList<Ticket>();
            var leased = new HashSet<UUID>();
            delays.forEach((id, delay) -> {
                var row = deliveries.get(id);
                if (row == null || isPastRetention(row)) {
                    return;
                }
                if (row.status.isTerminal()) {
                    completed.remove(row);
                    row.beginRound(delay, time);
                    addPending(row);
                } else if (queue != null && queue.isLeased(id)) {
                    leased.add(id);
                    return;
                } else if (row.untilDue(time).compareTo(delay) > 0) {
                    row.waitFor(delay, time);
                }
                tickets.add(ticket(row));
            });
            if (queue != null) {
                queue.enqueue(tickets);
            }
            return new Retried(tickets, leased);
        });
    }

    @Override
    public Set<UUID> cancel(Collection<UUID> deliveryIds) {
        return locked(() -> {
            var cancelled = new HashSet<UUID>();
            for (var id : deliveryIds) {
                var row = deliveries.get(id);
                if (row != null && !row.status.isTerminal()) {
                    complete(row, DeliveryStatus.CANCELLED, null);
                    cancelled.add(id);
                }
            }
            return cancelled;
        });
    }

    @Override
    public Set<UUID> cancelPending(UUID subscriptionId, int limit) {
        return locked(() -> cancel(pending.getOrDefault(subscriptionId, new TreeMap<>()).keySet().stream()
                .limit(limit)
                .toList()));
    }

    @Override
    public int purge(Duration newRetention, int limit) {
        return locked(() -> {
            retention = newRetention;
            int removed = 0;
            while (removed < limit && !completed.isEmpty() && isPastRetention(first(completed))) {
                forget(first(completed));
                removed++;
            }
            var oldest = time.now().minus(newRetention);
            while (removed < limit
                    && !unwanted.isEmpty()
                    && first(unwanted).event.publishedAt().isBefore(oldest)) {
                forget(first(unwanted));
                removed++;
            }
            return removed;
        });
    }

    private void forget(DeliveryRow row) {
        completed.remove(row);
        deliveries.remove(row.id);
        row.isForgotten = true;
        all.noteForgotten();
        bySubscription.computeIfPresent(row.subscriptionId, (id, rows) -> {
            rows.noteForgotten();
            return rows.isEmpty() ? null : rows;
        });
        row.event.deliveriesKept--;
        if (row.event.deliveriesKept == 0) {
            forget(row.event);
        }
    }

    private void forget(EventRow row) {
        unwanted.remove(row);
        events.remove(row.event.id());
        if (row.idempotency != null) {
            idempotencyKeys.remove(new IdempotencyKey(row.event.tenant(), row.idempotency.key()));
        }
    }

    private boolean isPastRetention(DeliveryRow row) {
        return retention != null
                && row.completedAt != null
                && row.completedAt.isBefore(time.now().minus(retention));
    }

    private void addPending(DeliveryRow row) {
        pending.computeIfAbsent(row.subscriptionId, id -> new TreeMap<>()).put(row.id, row);
    }

    private void removePending(DeliveryRow row) {
        pending.computeIfPresent(row.subscriptionId, (id, rows) -> {
            rows.remove(row.id);
            return rows.isEmpty() ? null : rows;
        });
    }

    private Ticket ticket(DeliveryRow row) {
        return new Ticket(row.id, row.subscriptionId, row.untilDue(time), null, row.attemptsThisRound > 0);
    }

    private static <T> T first(Set<T> rows) {
        return rows.iterator().next();
    }

    private <T> T locked(Supplier<T> work) {
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }
}
