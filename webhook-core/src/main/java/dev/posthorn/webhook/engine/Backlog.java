package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.BacklogFullException;
import dev.posthorn.webhook.BacklogFullException.Full;
import dev.posthorn.webhook.BacklogFullException.Scope;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.StoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps publishers from piling up more than may be pending for a subscription or a tenant. What is pending is estimated in
 * memory: what the queue last counted, and what this node has added and ended since. It is counted anew, for all that one
 * publish reaches at once, when that is some seconds old, or when the estimate passes the bound. Where there is no bound
 * nothing is done at all. Safe for use by several threads.
 */
final class Backlog {
    private static final Logger log = LoggerFactory.getLogger(Backlog.class);

    private final Vitals vitals;
    private final SubscriptionCache subscriptions;
    private final @Nullable Estimates<UUID> bySubscription;
    private final @Nullable Estimates<String> byTenant;
    private final ReentrantLock counting = new ReentrantLock();
    /** Guards the estimates, and is never held while the queue counts. */
    private final Object lock = new Object();

    Backlog(EngineSettings settings, SubscriptionCache subscriptions, DeliveryQueue queue, Vitals vitals) {
        this.subscriptions = subscriptions;
        this.vitals = vitals;
        var perSubscription = settings.maxPendingPerSubscription();
        var perTenant = settings.maxPendingPerTenant();
        bySubscription = perSubscription == null
                ? null
                : new Estimates<>(perSubscription, settings.time(), ids -> queue.countEach(ids, 2 * perSubscription));
        byTenant = perTenant == null
                ? null
                : new Estimates<>(perTenant, settings.time(), tenants -> countTenants(queue, tenants, 2 * perTenant));
    }

    private Map<String, Integer> countTenants(DeliveryQueue queue, Set<String> tenants, int atMost) {
        var counts = new HashMap<String, Integer>();
        for (var tenant : tenants) {
            counts.put(tenant, queue.count(subscriptions.idsOf(tenant), atMost));
        }
        return counts;
    }

    /** Room that was taken for what is being published. */
    final class Room {
        private final Map<UUID, Integer> subscriptions = new HashMap<>();
        private final Map<String, Integer> tenants = new HashMap<>();

        private void add(CachedSubscription subscription) {
            subscriptions.merge(subscription.id(), 1, Integer::sum);
            tenants.merge(subscription.subscription().tenant(), 1, Integer::sum);
        }

        /** It was published, but for these, which turned out to be there already. */
        void published(List<CachedSubscription> duplicates) {
            settle(true, duplicates);
        }

        /** Nothing was published, as far as is known. */
        void notPublished() {
            settle(false, List.of());
        }

        private void settle(boolean published, List<CachedSubscription> duplicates) {
            var less = new Room();
            duplicates.forEach(less::add);
            synchronized (lock) {
                if (bySubscription != null) {
                    bySubscription.settle(subscriptions, less.subscriptions, published);
                }
                if (byTenant != null) {
                    byTenant.settle(tenants, less.tenants, published);
                }
            }
        }
    }

    /**
     * Takes room for a delivery to each of these.
     *
     * @param wanted as often as it gets something; asked for only where there is a bound
     * @return {@code null} where there is no bound
     * @throws BacklogFullException if there is not enough for all
     */
    @Nullable
    Room take(Supplier<List<CachedSubscription>> wanted) {
        if (bySubscription == null && byTenant == null) {
            return null;
        }
        var room = new Room();
        wanted.get().forEach(room::add);
        count(bySubscription, room.subscriptions);
        count(byTenant, room.tenants);
        synchronized (lock) {
            var full = new ArrayList<Full>();
            if (bySubscription != null) {
                for (var id : bySubscription.tooFullFor(room.subscriptions)) {
                    full.add(new Full(Scope.SUBSCRIPTION, id.toString(), bySubscription.bound));
                }
            }
            if (byTenant != null) {
                for (var tenant : byTenant.tooFullFor(room.tenants)) {
                    full.add(new Full(Scope.TENANT, tenant, byTenant.bound));
                }
            }
            if (!full.isEmpty()) {
                throw new BacklogFullException(full);
            }
            if (bySubscription != null) {
                bySubscription.reserve(room.subscriptions);
            }
            if (byTenant != null) {
                byTenant.reserve(room.tenants);
            }
        }
        return room;
    }

    /** A delivery has ended here. */
    void ended(UUID subscriptionId) {
        if (bySubscription == null && byTenant == null) {
            return;
        }
        var tenant = subscriptions
                .known(subscriptionId)
                .map(known -> known.subscription().tenant());
        synchronized (lock) {
            if (bySubscription != null) {
                bySubscription.ended(subscriptionId);
            }
            if (byTenant != null) {
                tenant.ifPresent(byTenant::ended);
            }
        }
    }

    /** Counts those whose estimates will not do, and on the way others that will soon not do. */
    private <K> void count(@Nullable Estimates<K> estimates, Map<K, Integer> wanted) {
        if (estimates == null) {
            return;
        }
        synchronized (lock) {
            if (!estimates.mustCount(wanted)) {
                return;
            }
        }
        // Those who wait here find that it was done.
        counting.lock();
        try {
            Set<K> keys;
            synchronized (lock) {
                if (!estimates.mustCount(wanted)) {
                    return;
                }
                keys = estimates.beginCount(wanted);
            }
            Map<K, Integer> counts = Map.of();
            try {
                counts = vitals.queue("count", () -> estimates.counter.apply(keys));
            } catch (StoreException problem) {
                // A queue from elsewhere that is away does not stop publishing. What was known goes on counting.
                log.debug("what is pending cannot be counted now", problem);
            }
            synchronized (lock) {
                estimates.endCount(keys, counts);
            }
        } finally {
            counting.unlock();
        }
    }
}
