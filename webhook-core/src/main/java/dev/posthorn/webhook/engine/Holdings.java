package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What this node holds, and how much more it may take: bounded in number and bytes in all, in number for each lane, and
 * for all lanes together that have not shown lately that they are quick. So neither one endpoint that hangs nor a thousand
 * of them can take the room of the others. Safe for use by several threads.
 */
final class Holdings {
    /** How long a lane counts as quick after it was so. */
    private static final long PROVEN_NANOS = Duration.ofSeconds(60).toNanos();

    private final TimeSource time;
    private final int capacity;
    private final int unprovenCapacity;
    private final int unprovenLaneCapacity;
    private final int provenLaneCapacity;
    private final long byteCapacity;

    private final Map<UUID, Held> held = new HashMap<>();
    private final Map<UUID, Share> shares = new HashMap<>();
    private int unprovenHeld;
    private long bytes;
    private boolean unprovenWantRoom;
    private boolean roomFound;

    /** A lane's part of what is held. */
    private static final class Share {
        int held;
        boolean proven;
        long provenAt;
        boolean paused;
        long pausedUntil;
        /** Whether the last claim may have left some of it behind because it had no more room. */
        boolean wantsRoom;

        boolean isProven(long now) {
            return proven && now - provenAt < PROVEN_NANOS;
        }

        boolean isPaused(long now) {
            return paused && pausedUntil - now > 0;
        }

        boolean isForgettable(long now) {
            return held == 0 && !wantsRoom && !isProven(now) && !isPaused(now);
        }
    }

    Holdings(EngineSettings settings) {
        time = settings.time();
        capacity = settings.heldDeliveries();
        unprovenCapacity = Math.max(1, capacity / 2);
        // Twice what may be in flight, so that a lane need not wait for the next claim; a quick one is worth whole
        // batches.
        unprovenLaneCapacity = 2 * settings.maxInFlightPerSubscription();
        provenLaneCapacity = Math.max(unprovenLaneCapacity, settings.batch());
        byteCapacity = settings.heldBytes();
    }

    /** Takes room for a delivery about to be appended, if there is; what it asks for may then be leased at once. */
    synchronized @Nullable Held tryHold(UUID deliveryId, UUID subscriptionId, int size) {
        if (held.size() >= capacity || bytes + size > byteCapacity) {
            return null;
        }
        long now = time.nanoTime();
        var share = shares.get(subscriptionId);
        boolean proven = share != null && share.isProven(now);
        // A lane that wants room has an older backlog, which goes first.
        if ((share != null && (share.wantsRoom || share.held >= laneCapacity(share, now) || share.isPaused(now)))
                || (!proven && unprovenHeld >= unprovenCapacity)) {
            return null;
        }
        var taken = add(deliveryId, subscriptionId, !proven);
        size(taken, size);
        return taken;
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
        var share = shares.get(lease.subscriptionId());
        boolean proven = share != null && share.isProven(time.nanoTime());
        var taken = add(lease.deliveryId(), lease.subscriptionId(), !proven);
        taken.lease(lease, endsAt);
        return taken;
    }

    private Held add(UUID deliveryId, UUID subscriptionId, boolean unproven) {
        var taken = new Held(deliveryId, subscriptionId, unproven);
        held.put(deliveryId, taken);
        shares.computeIfAbsent(subscriptionId, id -> new Share()).held++;
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
        share.held--;
        if (share.wantsRoom && share.held <= laneCapacity(share, now) / 2) {
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
                share.wantsRoom |= count > 0;
            } else if (!full) {
                share.wantsRoom = false;
            }
        });
    }

    private int laneCapacity(Share share, long now) {
        return share.isProven(now) ? provenLaneCapacity : unprovenLaneCapacity;
    }

    /** The lane has just succeeded quickly. */
    synchronized void proven(UUID subscriptionId) {
        var share = shares.computeIfAbsent(subscriptionId, id -> new Share());
        share.proven = true;
        share.provenAt = time.nanoTime();
    }

    /** The lane has just failed or been slow. */
    synchronized void unproven(UUID subscriptionId) {
        var share = shares.get(subscriptionId);
        if (share != null) {
            share.proven = false;
        }
    }

    synchronized boolean isProven(UUID subscriptionId) {
        var share = shares.get(subscriptionId);
        return share != null && share.isProven(time.nanoTime());
    }

    /** The lane takes nothing until the given reading of the monotonic clock. */
    synchronized void pause(UUID subscriptionId, long until) {
        var share = shares.computeIfAbsent(subscriptionId, id -> new Share());
        // A shorter hint does not end a longer pause that is in force.
        if (!share.paused || until - share.pausedUntil > 0) {
            share.paused = true;
            share.pausedUntil = until;
        }
    }

    /** How long the lane still takes nothing, in nanoseconds; 0 if it takes something. */
    synchronized long pauseLeft(UUID subscriptionId) {
        var share = shares.get(subscriptionId);
        long now = time.nanoTime();
        return share == null || !share.isPaused(now) ? 0 : share.pausedUntil - now;
    }

    /** What a claim may bring now; {@code null} if there is no room. */
    synchronized @Nullable ClaimRequest request(int batch, Duration lease) {
        int room = Math.min(batch, capacity - held.size());
        if (room <= 0 || bytes >= byteCapacity) {
            return null;
        }
        long now = time.nanoTime();
        shares.values().removeIf(share -> share.isForgettable(now));
        // Lanes that are not known yet are not proven either.
        boolean unprovenFull = unprovenHeld >= unprovenCapacity;
        unprovenWantRoom |= unprovenFull;
        int unknown = unprovenFull ? 0 : unprovenLaneCapacity;
        var allowances = new HashMap<UUID, Integer>();
        shares.forEach((id, share) -> {
            int allowance = share.isPaused(now) || (unprovenFull && !share.isProven(now))
                    ? 0
                    : Math.max(0, laneCapacity(share, now) - share.held);
            share.wantsRoom |= allowance == 0;
            if (allowance != unknown) {
                allowances.put(id, allowance);
            }
        });
        return new ClaimRequest(room, lease, unknown, allowances);
    }

    synchronized int size() {
        return held.size();
    }

    synchronized long bytesLeft() {
        return Math.max(0, byteCapacity - bytes);
    }
}
