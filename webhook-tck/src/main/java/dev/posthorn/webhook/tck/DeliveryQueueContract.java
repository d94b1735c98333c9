package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.spi.DeliveryQueue;
import java.time.Duration;
import org.junit.jupiter.api.Nested;

/**
 * What {@link DeliveryQueue} promises. The queue may be a store's own or stand by itself; no delivery need be stored for
 * a ticket.
 */
public abstract class DeliveryQueueContract {
    /** For subclasses. */
    protected DeliveryQueueContract() {}

    /** A fresh, empty queue; called once for each test. */
    protected abstract DeliveryQueue createQueue();

    /** Lets so much time pass for the queue made last. It may also pass by itself, but no more than seconds in a test. */
    protected abstract void advance(Duration time);

    @Nested
    class Enqueuing extends EnqueueTests {
        @Override
        DeliveryQueueContract contract() {
            return DeliveryQueueContract.this;
        }
    }

    @Nested
    class Claiming extends ClaimTests {
        @Override
        DeliveryQueueContract contract() {
            return DeliveryQueueContract.this;
        }
    }

    @Nested
    class ClaimingFairly extends FairClaimTests {
        @Override
        DeliveryQueueContract contract() {
            return DeliveryQueueContract.this;
        }
    }

    @Nested
    class Settling extends SettleTests {
        @Override
        DeliveryQueueContract contract() {
            return DeliveryQueueContract.this;
        }
    }
}
