package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.OutsideQueue;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts overdue deliveries back on a queue that is not the store's own. Doing so for one that is still there does no harm: a
 * delivery has one ticket.
 *
 * <p>A pass mostly looks only at what was published since shortly before the last one: who published it may have died before
 * it was on the queue. A <i>sweep</i> looks at all that is pending: when the queue has lost its mark, and with it tickets; when
 * the store's clock was set back, by which it is told what was published since; and once an hour for what is left: a retry
 * by hand whose node died in between, a host's transaction that took longer than a pass looks back. What waits behind a
 * limit for long is so offered to the queue once an hour and not at each pass. What a sweep puts back may be held by a node
 * whose lease the queue has forgotten, so it comes a lease later, and is mostly over by then.
 */
final class Reconciliation implements Upkeep.Duty {
    private static final Logger log = LoggerFactory.getLogger(Reconciliation.class);

    private static final Duration EVERY = Duration.ofSeconds(10);
    /**
     * How long a leader that has died keeps others from it. Longer than the time between passes, and no longer than it must
     * be, since what the queue has lost waits for that; two who lead at once do no harm.
     */
    static final Duration TIME_TO_LIVE = Duration.ofSeconds(20);

    private static final Duration SWEEP_EVERY = Duration.ofHours(1);
    /** For transactions that took long to commit, and nodes whose clocks differ. */
    private static final Duration LOOK_BACK = Duration.ofMinutes(1);
    /** No more than the clocks of two nodes that lead in turn may differ. */
    private static final Duration TOLERANCE = Duration.ofSeconds(5);

    /** Also what is not due yet. */
    private static final Duration WHENEVER = Duration.ofDays(-10_000);

    static final int CHUNK = 1_000;
    /** Between chunks: 20,000 deliveries a second at most. */
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final DeliveryStore store;
    private final OutsideQueue queue;
    private final Duration lease;
    private final Duration overdueBy;
    private final BooleanSupplier leads;
    private final Supplier<Instant> clock;
    private final Supplier<RandomGenerator> random;
    private volatile boolean suspect;
    private @Nullable Pass pass;

    private static final class Pass {
        /** What must still be the queue's mark at the end. */
        final String mark;

        final Instant startedAt;
        final Instant sweptAt;

        @Nullable
        UUID reached;

        long found;

        Pass(String mark, Instant startedAt, Instant sweptAt, @Nullable UUID reached) {
            this.mark = mark;
            this.startedAt = startedAt;
            this.sweptAt = sweptAt;
            this.reached = reached;
        }

        boolean isSweep() {
            return sweptAt.equals(startedAt);
        }
    }

    /**
     * What the queue's mark tells.
     *
     * @param until everything published before this, by the store's clock, has been looked at
     * @param sweptAt when the last sweep began
     */
    private record Mark(Instant until, Instant sweptAt) {
        static @Nullable Mark parse(String text) {
            var parts = text.split(" ", -1);
            if (parts.length != 3 || !parts[0].equals("reconciled")) {
                return null;
            }
            try {
                return new Mark(
                        Instant.ofEpochMilli(Long.parseLong(parts[1])), Instant.ofEpochMilli(Long.parseLong(parts[2])));
            } catch (NumberFormatException notOurs) {
                return null;
            }
        }

        @Override
        public String toString() {
            return "reconciled " + until.toEpochMilli() + " " + sweptAt.toEpochMilli();
        }
    }

    /**
     * @param lease the length of leases
     * @param leads whether this node does it for all
     * @param clock the store's
     */
    Reconciliation(
            DeliveryStore store,
            OutsideQueue queue,
            Duration lease,
            BooleanSupplier leads,
            Supplier<Instant> clock,
            Supplier<RandomGenerator> random) {
        this.store = store;
        this.queue = queue;
        this.lease = lease;
        // Younger ones may just be on their way to the queue, or leased.
        this.overdueBy = lease.multipliedBy(2);
        this.leads = leads;
        this.clock = clock;
        this.random = random;
    }

    @Override
    public String name() {
        return "reconciliation";
    }

    @Override
    public Duration every() {
        return pass == null ? EVERY : PAUSE;
    }

    /** Something that is not young may not have been put on the queue by this node, so whoever leads must sweep. */
    void suspect() {
        suspect = true;
    }

    @Override
    public boolean perform() {
        if (suspect) {
            queue.mark(null, "suspect");
            suspect = false;
        }
        if (!leads.getAsBoolean()) {
            pass = null;
            return false;
        }
        if (pass == null) {
            pass = begin();
        }
        putBack(pass);
        return false;
    }

    private Pass begin() {
        // Milliseconds are what marks and ids keep.
        var now = Instant.ofEpochMilli(clock.get().toEpochMilli());
        var text = queue.mark().orElse(null);
        var last = text == null ? null : Mark.parse(text);
        if (text == null || last == null) {
            // Should it lose everything once more meanwhile, this is what tells.
            var sweeping = "sweeping " + Long.toHexString(random.get().nextLong());
            queue.mark(null, sweeping);
            log.info("the queue may have lost tickets: all pending deliveries are looked through");
            return new Pass(sweeping, now, now, null);
        }
        boolean wasSetBack = until(now).plus(TOLERANCE).isBefore(last.until);
        boolean isTime = !now.isBefore(last.sweptAt.plus(SWEEP_EVERY));
        return wasSetBack || isTime
                ? new Pass(text, now, now, null)
                : new Pass(text, now, last.sweptAt, Ids.before(last.until));
    }

    private Instant until(Instant startedAt) {
        return startedAt.minus(overdueBy).minus(LOOK_BACK);
    }

    private void putBack(Pass current) {
        var tickets = store.overdue(current.isSweep() ? WHENEVER : overdueBy, current.reached, CHUNK);
        if (!tickets.isEmpty()) {
            queue.enqueue(current.isSweep() ? tickets.stream().map(this::later).toList() : tickets);
            current.found += tickets.size();
        }
        if (tickets.size() == CHUNK) {
            current.reached = tickets.get(CHUNK - 1).deliveryId();
            return;
        }
        pass = null;
        boolean isWhole = queue.mark(current.mark, new Mark(until(current.startedAt), current.sweptAt).toString());
        if (!isWhole) {
            log.info("the queue may have lost tickets again: it is looked through once more");
        } else if (current.isSweep()) {
            log.debug("all pending deliveries looked through: there are {}", current.found);
        }
    }

    private Ticket later(Ticket ticket) {
        var delay = ticket.delay().compareTo(lease) > 0 ? ticket.delay() : lease;
        return new Ticket(ticket.deliveryId(), ticket.subscriptionId(), delay, null, ticket.isRetry());
    }
}
