package dev.posthorn.webhook.spi;

import java.time.Duration;

/**
 * A queue that wakes nodes when something was put on it elsewhere, so that a process that only publishes is heard of at once
 * by one that only delivers. It need not be exact: what it misses is found within the poll interval.
 */
public interface WakingQueue extends DeliveryQueue {
    /**
     * Waits until something was put on the queue that is due and leased to nobody. Of several that wait at least one is woken; what
     * was put while nobody waited wakes the next who does.
     *
     * @param atMost how long to wait
     * @return whether there may be something to claim; {@code false} when the time is over
     */
    boolean await(Duration atMost);

    /**
     * Wakes who waits, for what was put on the queue by its store, in the transaction that wrote it; {@link #enqueue} does so
     * by itself. May do it a little later and once for many calls, does not wait for it, and never throws. By default nothing.
     */
    default void wake() {}

    /**
     * Has those who wait return soon, and lets go of what was kept between waits. Who waits after that can. By default nothing.
     */
    default void stopWaiting() {}
}
