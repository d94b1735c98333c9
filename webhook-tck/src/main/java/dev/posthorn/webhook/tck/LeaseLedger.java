package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.spi.Lease;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Who holds what, as far as the holders can be sure of it: from when a claim returned until its lease has lasted since
 * before the claim, or until the holder begins to end it. Two such times for one delivery must never overlap, however the
 * threads ran. Safe for use by several threads.
 */
final class LeaseLedger {
    /** For a clock that is read apart from the queue's. */
    private static final Duration MARGIN = Duration.ofSeconds(5);

    private final Supplier<Instant> clock;
    private final AtomicLong order = new AtomicLong();
    private final Map<UUID, List<Holding>> holdings = new ConcurrentHashMap<>();
    private final Set<UUID> exempt = ConcurrentHashMap.newKeySet();

    /** A moment by the clock, and its place among all moments, since many pass while the clock stands. */
    record Moment(long order, Instant time) {}

    private static final class Holding {
        final Lease lease;
        final Moment before;
        final Moment after;
        final Instant until;
        volatile boolean ended;

        Holding(Lease lease, Moment before, Moment after, Duration length) {
            this.lease = lease;
            this.before = before;
            this.after = after;
            this.until = before.time.plus(length).minus(MARGIN);
        }

        boolean overlaps(Holding other) {
            return !ended && !other.ended && after.time.isBefore(other.until) && other.after.time.isBefore(until);
        }
    }

    LeaseLedger(Supplier<Instant> clock) {
        this.clock = clock;
    }

    Moment now() {
        return new Moment(order.incrementAndGet(), clock.get());
    }

    /**
     * Notes leases that were just claimed.
     *
     * @param before a moment before the claim
     * @throws AssertionError if another lease holds one of the deliveries at the same time
     */
    void claimed(List<Lease> leases, Moment before, Duration length) {
        var after = now();
        for (var lease : leases) {
            var all = holdings.computeIfAbsent(lease.deliveryId(), id -> new CopyOnWriteArrayList<>());
            var mine = new Holding(lease, before, after, length);
            // Whoever is added later sees the other.
            all.add(mine);
            for (var other : all) {
                if (other != mine && mine.overlaps(other) && !exempt.contains(lease.deliveryId())) {
                    throw new AssertionError("two leases at once: " + lease + " and " + other.lease);
                }
            }
        }
    }

    /** The holder is about to end its lease. Called before it does, because the next claim can come before it returns. */
    void ending(Lease lease) {
        holding(lease).ended = true;
    }

    /** Whether another lease on the same delivery is known to have been claimed later: this one is lost for ever. */
    boolean isSuperseded(Lease lease) {
        var mine = holding(lease);
        return !exempt.contains(lease.deliveryId())
                && holdings.getOrDefault(lease.deliveryId(), List.of()).stream()
                        .anyMatch(other -> other.before.order > mine.after.order);
    }

    /** Whether the lease had not run out yet at this moment. */
    boolean isCurrent(Lease lease, Moment moment) {
        return moment.time.isBefore(holding(lease).until);
    }

    /** From now on this delivery may be leased anew at any moment, because somebody may take it from its holder. */
    void exempt(UUID deliveryId) {
        exempt.add(deliveryId);
    }

    private Holding holding(Lease lease) {
        return holdings.getOrDefault(lease.deliveryId(), List.of()).stream()
                .filter(holding -> holding.lease.equals(lease))
                .findFirst()
                .orElseThrow(() -> new AssertionError(lease + " was not noted"));
    }
}
