package dev.posthorn.webhook.spi;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.Delivery;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.Page;
import dev.posthorn.webhook.PublishedEvent;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Events, their deliveries and the attempts at them. A store with a queue of its own keeps that in step: each operation
 * changes both in one transaction.
 *
 * <p>A delivery is <i>waiting</i> (PENDING, and no node holds its ticket), <i>leased</i> (PENDING, and one does) or
 * terminal. What each operation makes of it:
 *
 * <table>
 * <caption>operation by state</caption>
 * <tr><th></th><th>waiting</th><th>leased</th><th>SUCCEEDED</th><th>FAILED</th><th>CANCELLED</th></tr>
 * <tr><th>record success</th><td>SUCCEEDED</td><td>SUCCEEDED</td><td>unchanged</td><td>SUCCEEDED</td><td>SUCCEEDED</td></tr>
 * <tr><th>record anything else, version as seen</th><td>as recorded</td><td>as recorded</td><td>–</td><td>–</td><td>–</td></tr>
 * <tr><th>record anything else, version changed</th><td>unchanged</td><td>unchanged</td><td>unchanged</td><td>unchanged</td><td>unchanged</td></tr>
 * <tr><th>cancel</th><td>CANCELLED</td><td>CANCELLED</td><td>unchanged</td><td>unchanged</td><td>unchanged</td></tr>
 * <tr><th>expire, old enough</th><td>FAILED</td><td>unchanged</td><td>unchanged</td><td>unchanged</td><td>unchanged</td></tr>
 * <tr><th>retry</th><td>due after the delay, if that is sooner</td><td>refused</td><td>waiting</td><td>waiting</td><td>waiting</td></tr>
 * </table>
 *
 * <p>An attempt that has run is logged in every case. A success is a fact about the endpoint, so it stands whoever
 * learned of it; that is how a delivery cancelled in mid-attempt still ends SUCCEEDED. With the store's own queue,
 * "version as seen" asks for the lease as well: anything but a success needs its token still on the ticket. A retry of a terminal delivery starts
 * a new round of the retry policy and keeps the attempts made before. Every change raises the delivery's version. A
 * delivery that becomes terminal leaves the store's own queue, whoever holds its ticket.
 */
public interface DeliveryStore extends PublicationLog {
    /**
     * Reads what is needed to send the deliveries that are held. Deliveries of one event share one copy of it.
     *
     * @param maxBytes how many payload bytes to read; deliveries of events that would pass it are left unread, except that one
     *     event is always read
     */
    Loaded load(List<Lease> leases, long maxBytes);

    /**
     * Writes attempts and new states in one transaction, by the table above, and with the store's own queue settles the
     * leases. An outcome whose attempt is in the log already is passed over, and one without an attempt that finds the
     * delivery failed for the same reason, so that recording again is safe when the answer of a commit was lost. So is one
     * whose delivery is not there.
     *
     * @return deliveries whose outcome came too late and was not taken over
     */
    Set<UUID> record(List<DeliveryOutcome> outcomes);

    /** The delivery with this id. */
    Optional<Delivery> find(UUID deliveryId);

    /** The event with this id. */
    Optional<PublishedEvent> findEvent(UUID eventId);

    /** The attempts at a delivery, oldest first. */
    List<Attempt> attempts(UUID deliveryId);

    /** Deliveries, newest first. Reads a bounded number of rows, whatever the query. */
    Page<Delivery> list(DeliveryQuery query);

    /**
     * Tickets for a subscription's pending deliveries, in the order of their ids.
     *
     * @param after the last delivery of the chunk before; {@code null} to begin
     */
    List<Ticket> pending(UUID subscriptionId, @Nullable UUID after, int limit);

    /**
     * Tickets for pending deliveries that have been due for at least so long, in the order of their ids: what an outside
     * queue may have lost. Not of disabled subscriptions, whose deliveries are to wait. But of deleted ones: a node that did
     * not know of that yet may have published to them since, and who claims such a ticket cancels its delivery.
     *
     * @param by negative for what becomes due within that time as well
     * @param after the last delivery of the chunk before; {@code null} to begin
     */
    List<Ticket> overdue(Duration by, @Nullable UUID after, int limit);

    /**
     * Tickets for pending deliveries of active subscriptions that were first due, in their present round, at least so long
     * ago, in the order of their ids: what may have become too old. Mostly there are none, and then this costs little. With a
     * queue of the store's own it may leave out those that are not on it. A page may hold fewer than the limit, or none,
     * though another follows: that bounds what is read for it.
     *
     * @param after what the page before gave as {@code next}; {@code null} to begin
     */
    Page<Ticket> aged(Duration firstDueAgo, @Nullable String after, int limit);

    /**
     * Gives up deliveries that have become too old, by the table above, as {@code EXPIRED}.
     *
     * @param ages how long ago each must have been first due, in its present round, at least
     * @return those that were old enough, and have now failed
     */
    Set<UUID> expire(Map<UUID, Duration> ages);

    /**
     * Makes deliveries wait for another attempt, by the table above.
     *
     * @param delays how long each is to wait at least
     */
    Retried retry(Map<UUID, Duration> delays);

    /**
     * Cancels deliveries, by the table above.
     *
     * @return those that were pending and are now cancelled
     */
    Set<UUID> cancel(Collection<UUID> deliveryIds);

    /**
     * Cancels pending deliveries of one subscription.
     *
     * @param limit how many at most
     * @return those that were cancelled; fewer than the limit once there are no more
     */
    Set<UUID> cancelPending(UUID subscriptionId, int limit);

    /**
     * Removes terminal deliveries that ended longer ago than the retention, with their attempts; events that are as old and
     * have no delivery left; and the idempotency keys of such events. What is pending always stays. Reads do not show what
     * is past the last retention given here.
     *
     * @param limit how many deliveries and events at most
     * @return how many were removed; fewer than the limit once there are no more
     */
    int purge(Duration retention, int limit);
}
