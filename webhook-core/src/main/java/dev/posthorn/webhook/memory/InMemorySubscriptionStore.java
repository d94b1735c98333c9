package dev.posthorn.webhook.memory;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.Page;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.SubscriptionQuery;
import dev.posthorn.webhook.spi.Chore;
import dev.posthorn.webhook.spi.StoredSubscription;
import dev.posthorn.webhook.spi.SubscriptionChanges;
import dev.posthorn.webhook.spi.SubscriptionStore;
import java.util.ArrayList;
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

    InMemorySubscriptionStore(ReentrantLock lock) {
        this.lock = lock;
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

    /** Called with the lock held. */
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
