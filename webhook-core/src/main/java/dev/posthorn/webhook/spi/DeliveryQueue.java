package dev.posthorn.webhook.spi;

import java.util.Collection;
import java.util.List;
import java.util.Map;
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
     * two moments, is a retry or not as the new ticket says, and is leased if that was asked for; a lease on it that has run
     * out is lost by that, and settles nothing any more. One that a node holds is left as it is.
     */
    Placed enqueue(List<Ticket> tickets);

    /**
     * Leases tickets that are due, each with a new token. A ticket whose lease has run out is due.
     *
     * <p><b>Fair between subscriptions.</b> Never more is leased than the request allows, in all and for each subscription.
     * Where the limit is what binds, those that have something due share it. What waits for subscriptions that may take no
     * more costs neither time nor turn: a claim finds what it may lease however many tickets it may not are due before it,
     * and forgets nothing. A queue that cannot do all of this at once may need several claims, and says how many at most;
     * until then {@link Claimed#nextDue} asks for them.
     *
     * <p><b>First attempts before old retries.</b> Where a subscription has more due than it can be given, first attempts go
     * first, except that over time at least a quarter of what it is given is retries, while it has any due. Of each kind
     * the longest due goes first.
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

    /**
     * How many tickets these subscriptions have together, due or not, leased or not.
     *
     * @param atMost where to stop counting: it costs by what is counted and by the number of subscriptions, not by what waits
     * @return the number, or {@code atMost} if there are as many or more
     */
    int count(Collection<UUID> subscriptionIds, int atMost);

    /**
     * How many tickets each of these subscriptions has, due or not, leased or not.
     *
     * @param atMost where to stop counting those of one: it costs by what is counted, not by what waits
     * @return a number for each of them, or {@code atMost} for one that has as many or more
     */
    Map<UUID, Integer> countEach(Collection<UUID> subscriptionIds, int atMost);

    /** How full it is. */
    QueueStats stats();
}
