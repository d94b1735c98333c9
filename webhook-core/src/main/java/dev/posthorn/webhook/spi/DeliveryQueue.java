package dev.posthorn.webhook.spi;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * When each pending delivery is due, and who holds it: the timing. It may lose everything: the store is the truth, and a
 * dispatcher puts back what is overdue.
 *
 * <p>One moment stands in each ticket: until it, nobody can claim the ticket, be it not yet due or leased. A node that
 * dies therefore gives back what it held by doing nothing.
 */
public interface DeliveryQueue {
    /**
     * Puts tickets on the queue. Where the delivery has one already that nobody holds, it becomes due at the earlier of the
     * two moments, and is leased if that was asked for; a lease on it that has run out is lost by that, and settles nothing
     * any more. One that a node holds is left as it is.
     */
    Placed enqueue(List<Ticket> tickets);

    /**
     * Leases tickets that are due, each with a new token. Never more than the request allows, in all and for each
     * subscription; and it finds those it may lease however many it may not are due before them. A ticket whose lease has
     * run out is due.
     */
    Claimed claim(ClaimRequest request);

    /**
     * Ends leases. Each settlement stands alone: one whose lease was lost does not hinder the others.
     *
     * @return deliveries whose lease the caller no longer held; nothing was changed for these
     */
    Set<UUID> settle(List<Settlement> settlements);

    /** Takes tickets off the queue whoever holds them. Those that are not there do not matter. */
    void remove(Collection<UUID> deliveryIds);

    /** How full it is. */
    QueueStats stats();
}
