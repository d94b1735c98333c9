package dev.posthorn.webhook.engine;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.posthorn.webhook.PayloadFilter;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.filter.Condition;
import dev.posthorn.webhook.filter.FilterReader;
import dev.posthorn.webhook.spi.SubscriptionChanges;
import dev.posthorn.webhook.spi.SubscriptionStore;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * All subscriptions, in memory, fed from the store's history of changes: at most a second behind other nodes, and never
 * behind this one. Safe for use by several threads.
 */
public final class SubscriptionCache implements Step {
    private static final int CHANGES_PER_READ = 1_000;
    private static final long REFRESH_NANOS = Duration.ofMillis(800).toNanos();
    private static final long STALE_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int MOST_MATCHES_KEPT = 1_000_000;
    private static final int MOST_FILTERS_KEPT = 10_000;

    private final SubscriptionStore store;
    private final TimeSource time;
    private final Vitals vitals;
    private final Runnable afterRead;

    private final ReentrantLock refreshing = new ReentrantLock();
    private long position = SubscriptionChanges.START;
    private volatile boolean loaded;
    private volatile long refreshedAt;

    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final Map<UUID, CachedSubscription> byId = new HashMap<>();
    private final Map<String, EventTypeIndex> byTenant = new HashMap<>();
    /** Part of each match's key, so that one found before a change is never used after it. */
    private final AtomicLong generation = new AtomicLong();

    private final Cache<MatchKey, Wanting> matches = Caffeine.newBuilder()
            .maximumWeight(MOST_MATCHES_KEPT)
            .weigher((MatchKey key, Wanting found) -> 1 + found.size())
            .executor(Runnable::run)
            .build();
    /** Read once, however often matches are found anew because some subscription has changed. */
    private final Cache<PayloadFilter, Condition> filters = Caffeine.newBuilder()
            .maximumSize(MOST_FILTERS_KEPT)
            .executor(Runnable::run)
            .build();

    private record MatchKey(long generation, String tenant, String type) {}

    /** @param afterRead what else is to be kept as fresh, from the same store */
    SubscriptionCache(SubscriptionStore store, TimeSource time, Vitals vitals, Runnable afterRead) {
        this.store = store;
        this.time = time;
        this.vitals = vitals;
        this.afterRead = afterRead;
    }

    /** Refreshes by itself, if a thread calls this. */
    @Override
    public long step() {
        refresh();
        return REFRESH_NANOS;
    }

    /** Reads every change committed before the call. */
    public void refresh() {
        refreshing.lock();
        try {
            read();
        } finally {
            refreshing.unlock();
        }
    }

    /** A node that only publishes has no thread that refreshes. */
    private void refreshIfStale() {
        if (isStale()) {
            refreshing.lock();
            try {
                // Those that waited for the lock find that it was done.
                if (isStale()) {
                    read();
                }
            } finally {
                refreshing.unlock();
            }
        }
    }

    private boolean isStale() {
        return !loaded || time.nanoTime() - refreshedAt > STALE_NANOS;
    }

    private void read() {
        long startedAt = time.nanoTime();
        SubscriptionChanges read;
        do {
            read = vitals.store("changes", () -> store.changes(position, CHANGES_PER_READ));
            apply(read.changes());
            position = read.position();
        } while (read.changes().size() == CHANGES_PER_READ);
        afterRead.run();
        refreshedAt = startedAt;
        loaded = true;
    }

    /** The subscription as it was at most a second ago; empty if it was deleted or never there. */
    public Optional<CachedSubscription> find(UUID id) {
        refreshIfStale();
        var found = known(id);
        if (found.isEmpty()) {
            // It may have been created on another node a moment ago.
            refresh();
            found = known(id);
        }
        return found;
    }

    /** As {@link #known}, but looks for one it does not know, which may be new. Attempts go on while the store is away. */
    Optional<CachedSubscription> knownOrNew(UUID id) {
        var found = known(id);
        return found.isPresent() ? found : findNow(id);
    }

    /** The subscription as it is now. */
    Optional<CachedSubscription> findNow(UUID id) {
        refresh();
        return known(id);
    }

    /** The subscriptions of a tenant that want an event and are not disabled. */
    List<CachedSubscription> wanting(String tenant, WebhookEvent event) {
        refreshIfStale();
        return matches.get(new MatchKey(generation.get(), tenant, event.type()), this::match)
                .of(event);
    }

    /** Whether a subscription wants an event. */
    boolean wants(CachedSubscription subscription, WebhookEvent event) {
        return subscription.wants(event.type())
                && !Wanting.of(List.of(subscription), this::read).of(event).isEmpty();
    }

    private Condition read(PayloadFilter filter) {
        return filters.get(filter, unread -> FilterReader.read(unread.toJson()));
    }

    /** All subscriptions of a tenant. */
    List<UUID> idsOf(String tenant) {
        lock.readLock().lock();
        try {
            return byId.values().stream()
                    .filter(known -> known.subscription().tenant().equals(tenant))
                    .map(CachedSubscription::id)
                    .toList();
        } finally {
            lock.readLock().unlock();
        }
    }

    /** The shortest retry policy that a subscription has of its own, or this one if that is shorter. */
    Duration shortestRetry(Duration otherwise) {
        lock.readLock().lock();
        try {
            return byId.values().stream()
                    .map(known -> known.settings().retry())
                    .filter(Objects::nonNull)
                    .map(policy -> Objects.requireNonNull(policy).length())
                    .filter(length -> length.compareTo(otherwise) < 0)
                    .min(Comparator.naturalOrder())
                    .orElse(otherwise);
        } finally {
            lock.readLock().unlock();
        }
    }

    int size() {
        lock.readLock().lock();
        try {
            return byId.size();
        } finally {
            lock.readLock().unlock();
        }
    }

    /** The subscription as it was last read, however long ago. */
    Optional<CachedSubscription> known(UUID id) {
        lock.readLock().lock();
        try {
            return Optional.ofNullable(byId.get(id));
        } finally {
            lock.readLock().unlock();
        }
    }

    private Wanting match(MatchKey key) {
        return Wanting.of(wantingType(key), this::read);
    }

    private List<CachedSubscription> wantingType(MatchKey key) {
        lock.readLock().lock();
        try {
            var index = byTenant.get(key.tenant);
            return index == null
                    ? List.of()
                    : index.wanting(key.type).stream().sorted().map(byId::get).toList();
        } finally {
            lock.readLock().unlock();
        }
    }

    private void apply(List<SubscriptionChanges.Change> changes) {
        if (changes.isEmpty()) {
            return;
        }
        lock.writeLock().lock();
        try {
            for (var change : changes) {
                var before = byId.remove(change.id());
                if (before != null) {
                    forget(before);
                }
                if (change.now() != null) {
                    var now = CachedSubscription.of(change.now());
                    byId.put(change.id(), now);
                    if (now.takesEvents()) {
                        byTenant.computeIfAbsent(now.subscription().tenant(), tenant -> new EventTypeIndex())
                                .add(now.id(), now.settings().eventTypes());
                    }
                }
            }
            generation.incrementAndGet();
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void forget(CachedSubscription before) {
        byTenant.computeIfPresent(before.subscription().tenant(), (tenant, index) -> {
            index.remove(before.id(), before.settings().eventTypes());
            return index.isEmpty() ? null : index;
        });
    }
}
