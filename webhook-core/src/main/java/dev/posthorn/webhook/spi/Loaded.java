package dev.posthorn.webhook.spi;

import dev.posthorn.webhook.PublishedEvent;
import java.time.Duration;
import java.util.List;

/**
 * What a load found.
 *
 * @param ready to be sent
 * @param settlements of leases whose delivery must not be sent now: done for one that is terminal or not there, again
 *     after the rest of its delay for one that is not due. The caller settles them
 * @param unread leases whose events were not read, because they would have passed the limit
 */
public record Loaded(List<Ready> ready, List<Settlement> settlements, List<Lease> unread) {
    /** Keeps copies. */
    public Loaded {
        ready = List.copyOf(ready);
        settlements = List.copyOf(settlements);
        unread = List.copyOf(unread);
    }

    /**
     * A delivery that is due.
     *
     * @param lease what it is held by
     * @param event what to send; the same object for all its deliveries in one load
     * @param version of the delivery, which changes with every change to it
     * @param attemptCount how many attempts were recorded before
     * @param attemptsThisRound how many of those since it was published or last retried by hand: its place in the retry
     *     policy
     * @param sinceFirstDue how long ago it was first due, in this round
     */
    public record Ready(
            Lease lease,
            PublishedEvent event,
            long version,
            int attemptCount,
            int attemptsThisRound,
            Duration sinceFirstDue) {
        /** The version of a delivery that was just appended. */
        public static final long FIRST_VERSION = 1;

        /** A delivery that was just appended with a lease. */
        public static Ready appended(Lease lease, PublishedEvent event) {
            return new Ready(lease, event, FIRST_VERSION, 0, 0, Duration.ZERO);
        }
    }
}
