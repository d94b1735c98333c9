package dev.posthorn.webhook.spi;

import java.time.Duration;

/** What becomes of a lease when its holder is through with it. */
public sealed interface Settlement {
    /** The lease, which holds only while the queue knows its token. */
    Lease lease();

    /** The ticket leaves the queue. */
    record Done(Lease lease) implements Settlement {}

    /**
     * The ticket can be claimed again.
     *
     * @param delay how long until then
     */
    record Again(Lease lease, Duration delay) implements Settlement {}
}
