package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Loaded;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the store and the queue have to look like: the table in {@code DeliveryStore}'s Javadoc and the rules in
 * {@code DeliveryQueue}'s, written down once more. It also knows what became of each lease.
 */
final class Ledger {
    final Map<UUID, Entry> entries = new TreeMap<>();
    private final Map<Long, Granted> grants = new HashMap<>();
    private final Schedule schedule;
    private final boolean queueIsStores;
    private final OperationTable table;

    /** A delivery. */
    static final class Entry {
        final UUID id;
        final UUID eventId;
        final UUID subscriptionId;
        final Set<UUID> attempts = new HashSet<>();
        DeliveryStatus status = DeliveryStatus.PENDING;

        @Nullable
        FailureReason failure;

        long version = Loaded.Ready.FIRST_VERSION;
        int attemptsThisRound;
        long firstDueAt;
        long dueAt;
        long endedAt;
        /** When it was appended and when it was last changed, as ticks. */
        long appendedAt;

        long changedAt;
        /** Its ticket: there or not, and then for whom until when. */
        boolean hasTicket;

        long token;
        long visibleAt;

        Entry(UUID id, UUID eventId, UUID subscriptionId) {
            this.id = id;
            this.eventId = eventId;
            this.subscriptionId = subscriptionId;
        }

        boolean isLeased(long now) {
            return hasTicket && token != 0 && visibleAt > now;
        }

        @Override
        public String toString() {
            return status + (failure == null ? "" : " " + failure) + " v" + version + ", " + attempts.size()
                    + " attempts, " + (hasTicket ? "ticket for " + token + " until " + visibleAt / 1e9 : "no ticket");
        }
    }

    /** A lease that was given to a node. */
    static final class Granted {
        final Lease lease;
        /** When it was given, as a tick. */
        final long givenAt;

        final long endsAt;
        /** When its delivery was read under it, as a tick; 0 if never. */
        long readAt;

        int attemptsThen;

        @Nullable
        LeaseEnd end;

        Granted(Lease lease, long givenAt, long endsAt) {
            this.lease = lease;
            this.givenAt = givenAt;
            this.endsAt = endsAt;
        }
    }

    /** What ended a lease before its time. */
    enum LeaseEnd {
        /** The node that had it gave it back. */
        SETTLED,
        /** Its delivery ended, or was cancelled or taken off the queue by somebody. */
        TAKEN_AWAY
    }

    Ledger(Schedule schedule, boolean queueIsStores, OperationTable table) {
        this.schedule = schedule;
        this.queueIsStores = queueIsStores;
        this.table = table;
    }

    Granted granted(Lease lease) {
        return Objects.requireNonNull(grants.get(lease.token()));
    }

    private long now() {
        return schedule.now();
    }

    // ---- the store

    void appended(UUID eventId, Ticket ticket) {
        var entry = new Entry(ticket.deliveryId(), eventId, ticket.subscriptionId());
        entry.appendedAt = schedule.tick();
        entry.changedAt = entry.appendedAt;
        entry.dueAt = now() + ticket.delay().toNanos();
        entry.firstDueAt = entry.dueAt;
        entries.put(entry.id, entry);
        if (queueIsStores) {
            placed(ticket, null);
        }
    }

    /** What the delivery has to look like when it is read under a lease. */
    @Nullable
    String read(Loaded.Ready ready) {
        var entry = entries.get(ready.lease().deliveryId());
        if (entry == null || entry.status.isTerminal()) {
            return "is to be sent and is over: " + entry;
        }
        var grant = granted(ready.lease());
        grant.readAt = schedule.tick();
        grant.attemptsThen = entry.attempts.size();
        if (ready.version() != entry.version
                || ready.attemptCount() != entry.attempts.size()
                || ready.attemptsThisRound() != entry.attemptsThisRound) {
            return "was read as " + ready.version() + ", " + ready.attemptCount() + ", " + ready.attemptsThisRound()
                    + " and not " + entry + ", " + entry.attemptsThisRound;
        }
        return null;
    }

    /** Records; returns whether the outcome has to come too late. */
    boolean recorded(DeliveryOutcome outcome) {
        var entry = entries.get(outcome.deliveryId());
        var attempt = outcome.attempt();
        if (entry == null || (attempt != null && !entry.attempts.add(attempt.id()))) {
            return false;
        }
        if (outcome.status() == DeliveryStatus.SUCCEEDED) {
            table.tried("record success", entry, now());
            if (entry.status == DeliveryStatus.SUCCEEDED) {
                return true;
            }
            complete(entry, DeliveryStatus.SUCCEEDED, null);
            return false;
        }
        if (attempt == null && entry.failure != null && entry.failure == outcome.failure()) {
            return false;
        }
        boolean holds = entry.hasTicket && entry.token == outcome.lease().token();
        if (entry.version != outcome.seenVersion() || (queueIsStores && !holds)) {
            table.tried("record another, version changed", entry, now());
            return true;
        }
        table.tried("record another, version as seen", entry, now());
        var retryIn = outcome.retryIn();
        if (retryIn == null) {
            complete(entry, outcome.status(), outcome.failure());
        } else {
            entry.attemptsThisRound++;
            waitFor(entry, retryIn);
            if (queueIsStores) {
                giveBack(entry, retryIn);
            }
        }
        return false;
    }

    /** Cancels; returns whether it was pending. */
    boolean cancelled(UUID id) {
        var entry = entries.get(id);
        if (entry == null) {
            return false;
        }
        table.tried("cancel", entry, now());
        if (entry.status.isTerminal()) {
            return false;
        }
        complete(entry, DeliveryStatus.CANCELLED, null);
        return true;
    }

    /** Gives up what is too old; returns whether it was. */
    boolean expired(UUID id, Duration age) {
        var entry = entries.get(id);
        if (entry == null) {
            return false;
        }
        table.tried("expire", entry, now());
        if (entry.status.isTerminal()
                || (queueIsStores && entry.isLeased(now()))
                || now() - entry.firstDueAt < age.toNanos()) {
            return false;
        }
        complete(entry, DeliveryStatus.FAILED, FailureReason.EXPIRED);
        return true;
    }

    /** Retries; returns whether it has to be refused. */
    boolean retried(UUID id, Duration delay) {
        var entry = entries.get(id);
        if (entry == null) {
            return false;
        }
        table.tried("retry", entry, now());
        if (entry.status.isTerminal()) {
            waitFor(entry, delay);
            entry.status = DeliveryStatus.PENDING;
            entry.failure = null;
            entry.firstDueAt = entry.dueAt;
            entry.attemptsThisRound = 0;
        } else if (queueIsStores && entry.isLeased(now())) {
            return true;
        } else if (Math.max(0, entry.dueAt - now()) > delay.toNanos()) {
            waitFor(entry, delay);
        }
        if (queueIsStores) {
            placed(Ticket.due(id, entry.subscriptionId, Duration.ofNanos(Math.max(0, entry.dueAt - now()))), null);
        }
        return false;
    }

    private void waitFor(Entry entry, Duration delay) {
        entry.version++;
        entry.changedAt = schedule.tick();
        entry.dueAt = now() + delay.toNanos();
    }

    private void complete(Entry entry, DeliveryStatus status, @Nullable FailureReason failure) {
        entry.version++;
        entry.changedAt = schedule.tick();
        entry.status = status;
        entry.failure = failure;
        entry.endedAt = now();
        if (queueIsStores) {
            taken(entry, LeaseEnd.TAKEN_AWAY);
        }
    }

    // ---- the queue

    /** Puts a ticket on the queue; returns whether it has to be left as it is, because somebody holds it. */
    boolean placed(Ticket ticket, @Nullable Lease lease) {
        var entry = Objects.requireNonNull(entries.get(ticket.deliveryId()));
        if (entry.isLeased(now())) {
            return true;
        }
        long due = now() + ticket.delay().toNanos();
        entry.visibleAt = entry.hasTicket ? Math.min(entry.visibleAt, due) : due;
        entry.hasTicket = true;
        // Whose lease has run out has nothing to say any more once the ticket is put there anew.
        entry.token = 0;
        if (lease != null) {
            leasedUnread(lease, now() + Objects.requireNonNull(ticket.lease()).toNanos());
        }
        return false;
    }

    /** A lease that was asked for when the delivery was appended, so that it need not be read. */
    void leasedUnread(Lease lease, long endsAt) {
        lease(lease, endsAt);
        granted(lease).readAt = Objects.requireNonNull(entries.get(lease.deliveryId())).appendedAt;
    }

    /** A claim; returns what is wrong with it. */
    @Nullable
    String claimed(Lease lease, Duration length) {
        var entry = entries.get(lease.deliveryId());
        if (entry == null || !entry.hasTicket || entry.visibleAt > now()) {
            return "was claimed and cannot be: " + entry;
        }
        lease(lease, now() + length.toNanos());
        return null;
    }

    private void lease(Lease lease, long endsAt) {
        var entry = Objects.requireNonNull(entries.get(lease.deliveryId()));
        entry.token = lease.token();
        entry.visibleAt = endsAt;
        grants.put(lease.token(), new Granted(lease, schedule.tick(), endsAt));
    }

    /** Settles; returns whether the lease has to be lost. */
    boolean settled(Settlement settlement) {
        var entry = entries.get(settlement.lease().deliveryId());
        if (entry == null
                || !entry.hasTicket
                || entry.token != settlement.lease().token()) {
            return true;
        }
        if (settlement instanceof Settlement.Again again) {
            giveBack(entry, again.delay());
        } else {
            taken(entry, LeaseEnd.SETTLED);
        }
        return false;
    }

    void removed(UUID id) {
        var entry = entries.get(id);
        if (entry != null) {
            taken(entry, LeaseEnd.TAKEN_AWAY);
        }
    }

    private void giveBack(Entry entry, Duration delay) {
        if (entry.hasTicket) {
            end(entry, LeaseEnd.SETTLED);
            entry.token = 0;
            entry.visibleAt = now() + delay.toNanos();
        }
    }

    private void taken(Entry entry, LeaseEnd why) {
        if (entry.hasTicket) {
            end(entry, why);
            entry.hasTicket = false;
            entry.token = 0;
        }
    }

    private void end(Entry entry, LeaseEnd why) {
        var grant = grants.get(entry.token);
        if (grant != null && grant.end == null) {
            grant.end = why;
        }
    }
}
