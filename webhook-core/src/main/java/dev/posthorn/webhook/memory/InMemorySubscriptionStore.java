package dev.posthorn.webhook.memory;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.Page;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.SubscriptionQuery;
import dev.posthorn.webhook.spi.Chore;
import dev.posthorn.webhook.spi.EndpointReport;
import dev.posthorn.webhook.spi.FailingMark;
import dev.posthorn.webhook.spi.RenewedSecrets;
import dev.posthorn.webhook.spi.StoredSubscription;
import dev.posthorn.webhook.spi.SubscriptionChanges;
import dev.posthorn.webhook.spi.SubscriptionStore;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

final class InMemorySubscriptionStore implements SubscriptionStore {
    private final ReentrantLock lock;
    private final TreeMap<UUID, Row> rows = new TreeMap<>();
    private final TreeMap<Long, Row> history = new TreeMap<>();
    private final Map<UUID, Chore> chores = new LinkedHashMap<>();
    private final Map<UUID, Failing> failing = new HashMap<>();
    private final TimeSource time;
    private long lastPosition = SubscriptionChanges.START;

    /** Stays when its subscription is deleted, so that every reader of the history learns of that. */
    private static final class Row {
        final UUID id;

        @Nullable
        StoredSubscription now;

        long position;

        Row(UUID id) {
            this.id = id;
        }
    }

    /** A mark. Readings of the monotonic clock decide; the moment is for people. */
    private record Failing(FailingMark mark, long firstAt, long lastAt) {
        Failing plus(Failing more) {
            var first = more.firstAt - firstAt < 0 ? more : this;
            var last = more.lastAt - lastAt > 0 ? more : this;
            var all = new FailingMark(
                    mark.subscriptionId(), mark.version(), first.mark.since(), mark.failures() + more.mark.failures());
            return new Failing(all, first.firstAt, last.lastAt);
        }
    }

    InMemorySubscriptionStore(ReentrantLock lock, TimeSource time) {
        this.lock = lock;
        this.time = time;
    }

    @Override
    public void insert(StoredSubscription subscription) {
        locked(() -> {
            var row = new Row(subscription.subscription().id());
            if (rows.putIfAbsent(row.id, row) != null) {
                throw new ConflictException("there is or was a subscription " + row.id);
            }
            change(row, subscription);
            return true;
        });
    }

    @Override
    public boolean update(StoredSubscription changed) {
        return locked(() -> {
            var row = rows.get(changed.subscription().id());
            if (row == null
                    || row.now == null
                    || row.now.subscription().version()
                            != changed.subscription().version() - 1) {
                return false;
            }
            boolean enabled =
                    changed.subscription().isActive() && !row.now.subscription().isActive();
            change(row, changed);
            if (enabled) {
                chores.put(row.id, new Chore(row.id, changed.subscription().version(), Chore.Kind.RESTORE));
            }
            return true;
        });
    }

    @Override
    public boolean delete(UUID id) {
        return locked(() -> {
            var row = rows.get(id);
            if (row == null || row.now == null) {
                return false;
            }
            chores.put(id, new Chore(id, row.now.subscription().version() + 1, Chore.Kind.CANCEL));
            change(row, null);
            failing.remove(id);
            return true;
        });
    }

    @Override
    public Optional<StoredSubscription> find(UUID id) {
        return locked(() -> Optional.ofNullable(rows.get(id)).map(row -> row.now));
    }

    @Override
    public Page<Subscription> list(SubscriptionQuery query) {
        return locked(() -> {
            var from = query.after() == null ? rows : rows.tailMap(UUID.fromString(query.after()), false);
            var items = new ArrayList<Subscription>();
            for (var row : from.values()) {
                var stored = row.now;
                if (stored != null
                        && (query.tenant() == null
                                || query.tenant().equals(stored.subscription().tenant()))) {
                    if (items.size() == query.limit()) {
                        return new Page<>(
                                items, items.get(items.size() - 1).id().toString());
                    }
                    items.add(stored.subscription());
                }
            }
            return new Page<>(items, null);
        });
    }

    @Override
    public SubscriptionChanges changes(long position, int limit) {
        return locked(() -> {
            var changes = new ArrayList<SubscriptionChanges.Change>();
            long reached = position;
            for (var row : history.tailMap(position, false).values()) {
                if (changes.size() == limit) {
                    break;
                }
                changes.add(new SubscriptionChanges.Change(row.id, row.now));
                reached = row.position;
            }
            return new SubscriptionChanges(changes, reached);
        });
    }

    @Override
    public List<Chore> chores(int limit) {
        return locked(() -> chores.values().stream().limit(limit).toList());
    }

    @Override
    public void choreDone(Chore chore) {
        locked(() -> chores.remove(chore.subscriptionId(), chore));
    }

    /** Nothing is encrypted in memory. */
    @Override
    public RenewedSecrets renewSecrets(@Nullable UUID after, int limit) {
        return new RenewedSecrets(0, 0, null);
    }

    @Override
    public void report(List<EndpointReport> reports) {
        locked(() -> {
            reports.stream()
                    .filter(report -> hasVersion(report.subscriptionId(), report.version()))
                    .forEach(this::take);
            return true;
        });
    }

    private boolean hasVersion(UUID id, long version) {
        var row = rows.get(id);
        return row != null && row.now != null && row.now.subscription().version() == version;
    }

    private void take(EndpointReport report) {
        var id = report.subscriptionId();
        if (report.works()) {
            failing.remove(id);
            return;
        }
        long now = time.nanoTime();
        var reported = new Failing(
                new FailingMark(id, report.version(), time.now().minus(report.firstAgo()), report.failures()),
                now - report.firstAgo().toNanos(),
                now - report.lastAgo().toNanos());
        failing.merge(
                id, reported, (before, more) -> before.mark.version() == report.version() ? before.plus(more) : more);
    }

    @Override
    public List<FailingMark> failing(Duration atLeast, int failures, int limit) {
        return locked(() -> failing.values().stream()
                .filter(each -> each.lastAt - each.firstAt >= atLeast.toNanos() && each.mark.failures() >= failures)
                .filter(each -> isActive(each.mark.subscriptionId()) && isOfPresentVersion(each.mark))
                .sorted((one, other) -> Long.signum(one.firstAt - other.firstAt))
                .map(Failing::mark)
                .limit(limit)
                .toList());
    }

    @Override
    public Optional<FailingMark> failing(UUID subscriptionId) {
        return locked(() -> Optional.ofNullable(failing.get(subscriptionId))
                .map(Failing::mark)
                .filter(this::isOfPresentVersion));
    }

    private boolean isOfPresentVersion(FailingMark mark) {
        return hasVersion(mark.subscriptionId(), mark.version());
    }

    /** Called with the lock held. */
    boolean isActive(UUID id) {
        var row = rows.get(id);
        return row != null && row.now != null && row.now.subscription().isActive();
    }

    /** There, and not active. Called with the lock held. */
    boolean isDisabled(UUID id) {
        var row = rows.get(id);
        return row != null && row.now != null && !row.now.subscription().isActive();
    }

    private void change(Row row, @Nullable StoredSubscription now) {
        history.remove(row.position);
        row.now = now;
        row.position = ++lastPosition;
        history.put(row.position, row);
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
