package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Claimed;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Takes leases from the queue when there is room for them, loads what they need, and passes them to the lanes. Between
 * claims it sleeps until the next ticket is due, it is woken, or the poll interval is over.
 */
final class Claimer implements Step {
    private final DeliveryQueue queue;
    private final DeliveryStore store;
    private final SubscriptionCache subscriptions;
    private final Holdings holdings;
    private final Dispatch dispatch;
    private final Recorder recorder;
    private final Vitals vitals;
    private final TimeSource time;
    private final int batch;
    private final Duration lease;
    private final long pollNanos;
    private final Supplier<RandomGenerator> random;

    /** Claimed, but not loaded yet for want of room in memory. */
    private Map<UUID, Held> unread = new LinkedHashMap<>();

    private volatile boolean starved;
    private volatile boolean caughtUp;
    private volatile boolean paused;
    private volatile boolean closed;

    Claimer(
            EngineSettings settings,
            DeliveryQueue queue,
            DeliveryStore store,
            SubscriptionCache subscriptions,
            Holdings holdings,
            Dispatch dispatch,
            Recorder recorder,
            Vitals vitals,
            Supplier<RandomGenerator> random) {
        this.queue = queue;
        this.store = store;
        this.subscriptions = subscriptions;
        this.holdings = holdings;
        this.dispatch = dispatch;
        this.recorder = recorder;
        this.vitals = vitals;
        this.random = random;
        time = settings.time();
        batch = settings.batch();
        lease = settings.lease();
        pollNanos = settings.pollInterval().toNanos();
    }

    /** Whether there was no room at all the last time: it wants to be woken when there is some. */
    boolean isStarved() {
        return starved;
    }

    /** Whether the last claim left nothing due behind, so that a new delivery may go ahead of the queue. */
    boolean isCaughtUp() {
        return caughtUp && !paused;
    }

    /** Claims nothing, and gives back what was not loaded, until it is to claim again. The caller wakes it. */
    void pause(boolean now) {
        paused = now;
    }

    /** Claims no more, and gives back what was not loaded. */
    void close() {
        closed = true;
    }

    @Override
    public long step() {
        if (closed) {
            giveBackUnread();
            return UNTIL_WOKEN;
        }
        if (paused) {
            caughtUp = false;
            starved = false;
            giveBackUnread();
            return UNTIL_WOKEN;
        }
        if (recorder.isFailing()) {
            caughtUp = false;
            starved = true;
            return poll();
        }
        if (!unread.isEmpty()) {
            load(unread);
        }
        var request = unread.isEmpty() ? holdings.request(batch, lease) : null;
        starved = request == null;
        if (request == null) {
            caughtUp = false;
            return poll();
        }
        long before = time.nanoTime();
        Claimed claimed;
        try {
            claimed = vitals.queue("claim", () -> queue.claim(request));
        } catch (RuntimeException problem) {
            caughtUp = false;
            throw problem;
        }
        take(request, claimed.leases(), before + lease.toNanos());
        boolean full = claimed.leases().size() == request.limit();
        var nextDue = claimed.nextDue();
        caughtUp = !full && (nextDue == null || !nextDue.isZero());
        if (full) {
            return 0;
        }
        return nextDue == null ? poll() : Math.min(poll(), nextDue.toNanos());
    }

    private void take(ClaimRequest request, List<Lease> leases, long endsAt) {
        var counts = new HashMap<UUID, Integer>();
        leases.forEach(lease -> counts.merge(lease.subscriptionId(), 1, Integer::sum));
        var taken = new LinkedHashMap<UUID, Held>();
        for (var claimed : leases) {
            var delivery = holdings.hold(claimed, endsAt);
            if (delivery != null) {
                taken.put(delivery.deliveryId(), delivery);
            }
        }
        holdings.claimed(request, counts);
        if (!taken.isEmpty()) {
            load(taken);
        }
    }

    private void load(Map<UUID, Held> deliveries) {
        unread = new LinkedHashMap<>();
        try {
            park(deliveries);
            if (deliveries.isEmpty()) {
                return;
            }
            var leases = deliveries.values().stream().map(Held::lease).toList();
            var loaded = vitals.store("load", () -> store.load(leases, holdings.bytesLeft()));
            long readAt = time.nanoTime();
            var ready = new ArrayList<Held>();
            for (var read : loaded.ready()) {
                var delivery = deliveries.get(read.lease().deliveryId());
                if (delivery != null) {
                    delivery.content(read, readAt);
                    holdings.size(delivery, read.event().payload().size());
                    ready.add(delivery);
                }
            }
            for (var settlement : loaded.settlements()) {
                var delivery = deliveries.get(settlement.lease().deliveryId());
                if (delivery != null) {
                    recorder.settle(delivery, settlement);
                }
            }
            for (var left : loaded.unread()) {
                var delivery = deliveries.get(left.deliveryId());
                if (delivery != null) {
                    unread.put(left.deliveryId(), delivery);
                }
            }
            dispatch.arrive(ready);
        } catch (RuntimeException | Error problem) {
            // They come back when their leases have run out.
            deliveries.values().forEach(holdings::release);
            throw problem;
        }
    }

    /** What must not be sent now is parked unread; its deliveries stay pending until the subscription is enabled or resumed. */
    private void park(Map<UUID, Held> deliveries) {
        var inactive = new HashMap<UUID, Optional<CachedSubscription>>();
        deliveries.values().removeIf(delivery -> {
            var parking = inactive.computeIfAbsent(delivery.subscriptionId(), this::inactive);
            parking.ifPresent(found -> recorder.park(delivery, found));
            return parking.isPresent();
        });
    }

    /**
     * Truth is asked before a ticket is parked, as in {@link Attempter}. The deleted are loaded, to be cancelled. One not known
     * yet is looked for, because its lane needs its limits.
     */
    private Optional<CachedSubscription> inactive(UUID subscriptionId) {
        var known = subscriptions.known(subscriptionId);
        if (known.isEmpty() || !known.get().isActive()) {
            known = subscriptions.findNow(subscriptionId);
        }
        return known.filter(found -> !found.isActive());
    }

    private void giveBackUnread() {
        unread.values()
                .forEach(delivery -> recorder.settle(delivery, new Settlement.Again(delivery.lease(), Duration.ZERO)));
        unread = new LinkedHashMap<>();
    }

    /** The poll interval, shortened at random by up to a tenth, so that nodes do not ask in step. */
    private long poll() {
        return pollNanos - random.get().nextLong(pollNanos / 10 + 1);
    }
}
