package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.LaneState;
import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What this node holds, and how much more it may take: bounded in number and bytes in all, in number for each lane by what
 * it can use, and for all lanes together that have not shown lately that they are quick. So neither one endpoint that hangs
 * nor a thousand of them can take the room of the others. Safe for use by several threads.
 */
final class Holdings {
    private final EngineSettings settings;
    private final Function<UUID, LaneLimits> limits;
    private final IntSupplier nodes;
    private final Supplier<RandomGenerator> random;
    private final TimeSource time;
    private final int capacity;
    private final int unprovenCapacity;
    private final int unknownLaneCapacity;
    private final long byteCapacity;

    private final Map<UUID, Held> held = new HashMap<>();
    private final Map<UUID, LaneShare> shares = new HashMap<>();
    private int unprovenHeld;
    private long bytes;
    private boolean unprovenWantRoom;
    private boolean roomFound;
    /** How many claims have been prepared. */
    private long requests;

    /**
     * @param limits those of a lane as they are now
     * @param nodes how many nodes share a rate limit
     */
    Holdings(
            EngineSettings settings,
            Function<UUID, LaneLimits> limits,
            IntSupplier nodes,
            Supplier<RandomGenerator> random) {
        this.settings = settings;
        this.limits = limits;
        this.nodes = nodes;
        this.random = random;
        time = settings.time();
        capacity = settings.heldDeliveries();
        unprovenCapacity = Math.max(1, capacity / 2);
        unknownLaneCapacity = 2 * settings.maxInFlightPerSubscription();
        byteCapacity = settings.heldBytes();
    }

    /** A lane's share, with its limits as they are now. */
    private LaneShare share(UUID subscriptionId, long now) {
        var present = limits.apply(subscriptionId);
        var share = shares.computeIfAbsent(subscriptionId, id -> new LaneShare(present, settings.breaker(), random));
        share.limits(present, nodes.getAsInt(), now);
        return share;
    }

    /** Takes room for a delivery about to be appended, if there is; what it asks for may then be leased at once. */
    synchronized @Nullable Held tryHold(UUID deliveryId, UUID subscriptionId, int size) {
        if (held.size() >= capacity || bytes + size > byteCapacity) {
            return null;
        }
        long now = time.nanoTime();
        var share = share(subscriptionId, now);
        boolean proven = share.isProven(now);
        // A lane that wants room has an older backlog, which goes first.
        if (share.wantsRoom()
                || share.held() >= share.capacity(now, settings.batch())
                || (!proven && unprovenHeld >= unprovenCapacity)) {
            return null;
        }
        var taken = add(deliveryId, subscriptionId, share, !proven);
        size(taken, size);
        return taken;
    }

    /**
     * Whether a claim could bring what {@link #tryHold} had no room for, now that it is committed. If it is the lane that is full, or
     * all unproven ones are, it could not, and the claimer is told when there is room again; until then a claim for each
     * event that is published would find nothing.
     */
    synchronized boolean mayClaim(UUID subscriptionId) {
        if (held.size() >= capacity || bytes >= byteCapacity) {
            // The claimer finds that out by itself, and is told when that has changed.
            return true;
        }
        long now = time.nanoTime();
        var share = share(subscriptionId, now);
        if (share.held() > 0 && share.held() >= share.capacity(now, settings.batch())) {
            share.leaves(requests);
            return false;
        }
        if (!share.isProven(now) && unprovenHeld >= unprovenCapacity) {
            unprovenWantRoom = true;
            return false;
        }
        return true;
    }

    /**
     * Takes a lease that was claimed.
     *
     * @return {@code null} if the delivery is held already: an earlier lease on it ran out, and this one takes its place
     */
    synchronized @Nullable Held hold(Lease lease, long endsAt) {
        var before = held.get(lease.deliveryId());
        if (before != null) {
            before.lease(lease, endsAt);
            return null;
        }
        long now = time.nanoTime();
        var share = share(lease.subscriptionId(), now);
        var taken = add(lease.deliveryId(), lease.subscriptionId(), share, !share.isProven(now));
        taken.lease(lease, endsAt);
        return taken;
    }

    private Held add(UUID deliveryId, UUID subscriptionId, LaneShare share, boolean unproven) {
        var taken = new Held(deliveryId, subscriptionId, unproven);
        held.put(deliveryId, taken);
        share.hold();
        unprovenHeld += unproven ? 1 : 0;
        return taken;
    }

    /** Counts the bytes that a held delivery keeps in memory. */
    synchronized void size(Held delivery, int size) {
        bytes += size - delivery.bytes();
        delivery.bytes(size);
    }

    synchronized void release(Held delivery) {
        if (!held.remove(delivery.deliveryId(), delivery)) {
            return;
        }
        bytes -= delivery.bytes();
        unprovenHeld -= delivery.isUnproven() ? 1 : 0;
        if (unprovenWantRoom && unprovenHeld <= unprovenCapacity / 2) {
            unprovenWantRoom = false;
            roomFound = true;
        }
        var share = shares.get(delivery.subscriptionId());
        if (share == null) {
            return;
        }
        long now = time.nanoTime();
        share.release();
        int laneCapacity = share.capacity(now, settings.batch());
        if (share.wantsRoom() && laneCapacity > 0 && share.held() <= laneCapacity / 2) {
            // It goes on wanting it until a claim has brought what is older than anything published meanwhile.
            roomFound = true;
        }
        if (share.isForgettable(now)) {
            shares.remove(delivery.subscriptionId());
        }
    }

    /** Whether, since it was asked last, there came to be room that the last claim lacked. */
    synchronized boolean takeRoomFound() {
        boolean found = roomFound;
        roomFound = false;
        return found;
    }

    /** A claim brought so many leases for each lane. Where that is all it allowed, it may have left some behind. */
    synchronized void claimed(ClaimRequest request, Map<UUID, Integer> leases) {
        boolean full = leases.values().stream().mapToInt(Integer::intValue).sum() >= request.limit();
        shares.forEach((subscriptionId, share) -> {
            int count = leases.getOrDefault(subscriptionId, 0);
            if (count >= request.allowance(subscriptionId)) {
                share.wantsRoom(share.wantsRoom() || count > 0);
            } else if (!full && !share.leftSince(requests)) {
                share.wantsRoom(false);
            }
        });
    }

    /** Whether the lane has succeeded quickly of late. */
    synchronized boolean isProven(UUID subscriptionId) {
        var share = shares.get(subscriptionId);
        return share != null && share.isProven(time.nanoTime());
    }

    /** Begins an attempt for a lane, if it may now. */
    synchronized Start start(UUID subscriptionId) {
        long now = time.nanoTime();
        var share = share(subscriptionId, now);
        long wait = share.beginsIn(now);
        return wait > 0 ? new Start.Wait(wait) : new Start.Granted(share.isProven(now), share.begin());
    }

    /** Whether a lane may begin an attempt. */
    sealed interface Start {
        /**
         * It may, and that is counted.
         *
         * @param isProven whether it has succeeded quickly of late
         * @param isProbe whether the attempt is to show if the endpoint is well again
         */
        record Granted(boolean isProven, boolean isProbe) implements Start {}

        /** Not for so many nanoseconds; {@link Long#MAX_VALUE} for not before another attempt for it has ended. */
        record Wait(long nanos) implements Start {}
    }

    /**
     * An attempt for a lane has ended.
     *
     * @return how long it takes nothing now, in nanoseconds
     */
    synchronized long ended(UUID subscriptionId, Lesson lesson, boolean wasProbe) {
        long now = time.nanoTime();
        // It cannot have been forgotten: an attempt was in flight.
        var share = share(subscriptionId, now);
        share.end(lesson, wasProbe, now);
        return share.closedFor(now);
    }

    /** How long the lane takes nothing, in nanoseconds; 0 if it takes something. */
    synchronized long closedFor(UUID subscriptionId) {
        var share = shares.get(subscriptionId);
        return share == null ? 0 : share.closedFor(time.nanoTime());
    }

    /** How many of the lane's deliveries it can use soon. */
    synchronized int capacity(UUID subscriptionId) {
        long now = time.nanoTime();
        return share(subscriptionId, now).capacity(now, settings.batch());
    }

    /** What a claim may bring now; {@code null} if there is no room. */
    synchronized @Nullable ClaimRequest request(int batch, Duration lease) {
        int room = Math.min(batch, capacity - held.size());
        if (room <= 0 || bytes >= byteCapacity) {
            return null;
        }
        requests++;
        long now = time.nanoTime();
        shares.values().removeIf(share -> share.isForgettable(now));
        // Lanes that are not known yet are not proven either.
        boolean unprovenFull = unprovenHeld >= unprovenCapacity;
        unprovenWantRoom |= unprovenFull;
        int unknown = unprovenFull ? 0 : unknownLaneCapacity;
        int shared = nodes.getAsInt();
        var allowances = new HashMap<UUID, Integer>();
        shares.forEach((id, share) -> {
            share.limits(limits.apply(id), shared, now);
            int allowance =
                    unprovenFull && !share.isProven(now) ? 0 : Math.max(0, share.capacity(now, batch) - share.held());
            share.wantsRoom(share.wantsRoom() || allowance == 0);
            if (allowance != unknown) {
                allowances.put(id, allowance);
            }
        });
        return new ClaimRequest(room, lease, unknown, allowances);
    }

    synchronized LaneState laneState(UUID subscriptionId) {
        var share = shares.get(subscriptionId);
        return share == null ? LaneState.IDLE : share.state(time.nanoTime());
    }

    /** How many breakers of the lanes it knows are in each position. */
    synchronized Map<LaneState.Breaker, Integer> breakers() {
        var counts = new EnumMap<LaneState.Breaker, Integer>(LaneState.Breaker.class);
        for (var position : LaneState.Breaker.values()) {
            counts.put(position, 0);
        }
        long now = time.nanoTime();
        shares.values().forEach(share -> counts.merge(share.state(now).breaker(), 1, Integer::sum));
        return counts;
    }

    synchronized int size() {
        return held.size();
    }

    synchronized long bytes() {
        return bytes;
    }

    synchronized long bytesLeft() {
        return Math.max(0, byteCapacity - bytes);
    }
}
