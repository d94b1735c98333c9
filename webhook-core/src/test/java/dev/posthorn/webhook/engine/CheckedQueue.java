package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Claimed;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.OutsideQueue;
import dev.posthorn.webhook.spi.Placed;
import dev.posthorn.webhook.spi.QueueStats;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.Ticket;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The real queue, each answer held against the {@link Ledger}. */
final class CheckedQueue implements OutsideQueue {
    private final DeliveryQueue queue;
    private final Ledger ledger;
    private final Invariants invariants;
    private final Trace trace;
    private final Schedule schedule;
    private @Nullable String mark;

    CheckedQueue(DeliveryQueue queue, Ledger ledger, Invariants invariants, Trace trace, Schedule schedule) {
        this.queue = queue;
        this.ledger = ledger;
        this.invariants = invariants;
        this.trace = trace;
        this.schedule = schedule;
    }

    private void note(String what, Object... parts) {
        trace.note(schedule.now(), what, parts);
    }

    @Override
    public Placed enqueue(List<Ticket> tickets) {
        var placed = queue.enqueue(tickets);
        var leases = new HashMap<UUID, Lease>();
        placed.leases().forEach(lease -> leases.put(lease.deliveryId(), lease));
        var expected = new HashSet<UUID>();
        for (var ticket : tickets) {
            var lease = leases.get(ticket.deliveryId());
            note("enqueue", ticket.deliveryId(), ticket.delay(), lease == null ? 0 : lease.token());
            if (ledger.placed(ticket, lease)) {
                expected.add(ticket.deliveryId());
            }
        }
        invariants.hold(placed.alreadyLeased().equals(expected), null, "leased already", expected);
        return placed;
    }

    @Override
    public Claimed claim(ClaimRequest request) {
        var claimed = queue.claim(request);
        var counts = new HashMap<UUID, Integer>();
        for (var lease : claimed.leases()) {
            note("claim", lease.deliveryId(), lease.token());
            var fault = ledger.claimed(lease, request.lease());
            invariants.hold(fault == null, lease.deliveryId(), fault);
            int count = counts.merge(lease.subscriptionId(), 1, Integer::sum);
            invariants.hold(
                    count <= request.allowance(lease.subscriptionId()), lease.deliveryId(), "more than was asked for");
        }
        invariants.hold(claimed.leases().size() <= request.limit(), null, "more claimed than asked for");
        return claimed;
    }

    @Override
    public int count(Collection<UUID> subscriptionIds, int atMost) {
        return queue.count(subscriptionIds, atMost);
    }

    @Override
    public Map<UUID, Integer> countEach(Collection<UUID> subscriptionIds, int atMost) {
        return queue.countEach(subscriptionIds, atMost);
    }

    @Override
    public Set<UUID> settle(List<Settlement> settlements) {
        var lost = queue.settle(settlements);
        for (var settlement : settlements) {
            var id = settlement.lease().deliveryId();
            note(
                    settlement instanceof Settlement.Done ? "settle done" : "settle again",
                    id,
                    settlement.lease().token());
            invariants.hold(ledger.settled(settlement) == lost.contains(id), id, "lost:", lost.contains(id));
        }
        return lost;
    }

    @Override
    public void remove(Collection<UUID> deliveryIds) {
        var ids = deliveryIds.stream().sorted().toList();
        queue.remove(ids);
        for (var id : ids) {
            note("remove", id);
            ledger.removed(id);
        }
    }

    @Override
    public QueueStats stats() {
        return queue.stats();
    }

    @Override
    public Optional<String> mark() {
        return Optional.ofNullable(mark);
    }

    @Override
    public boolean mark(@Nullable String before, String newMark) {
        if (before != null && !before.equals(mark)) {
            return false;
        }
        note("mark", newMark);
        mark = newMark;
        return true;
    }

    /** All of it is lost. */
    void wipe() {
        mark = null;
        remove(List.copyOf(ledger.entries.keySet()));
    }
}
