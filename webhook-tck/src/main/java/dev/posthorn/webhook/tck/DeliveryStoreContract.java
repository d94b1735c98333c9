package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.spi.WebhookStore;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Nested;

/**
 * What {@link dev.posthorn.webhook.spi.DeliveryStore} promises. What is said of a store's own queue is tried where
 * {@link WebhookStore#queue()} has one, and skipped where not.
 */
public abstract class DeliveryStoreContract {
    /** For subclasses. */
    protected DeliveryStoreContract() {}

    /** A fresh, empty store; called once for each test. */
    protected abstract WebhookStore createStore();

    /** What the store's wall clock shows. It may run by itself as well, but not by more than seconds in a test. */
    protected abstract Instant now();

    /** Lets so much time pass for the store made last, and for its queue. */
    protected abstract void advance(Duration time);

    private Scene newScene() {
        return new Scene(createStore(), this::now, this::advance);
    }

    @Nested
    class Appending extends AppendTests {
        @Override
        Scene newScene() {
            return DeliveryStoreContract.this.newScene();
        }
    }

    @Nested
    class Idempotency extends IdempotencyTests {
        @Override
        Scene newScene() {
            return DeliveryStoreContract.this.newScene();
        }
    }

    @Nested
    class Loading extends LoadTests {
        @Override
        Scene newScene() {
            return DeliveryStoreContract.this.newScene();
        }
    }

    @Nested
    class KeepingOddBytes extends OddBytesTests {
        @Override
        Scene newScene() {
            return DeliveryStoreContract.this.newScene();
        }
    }

    @Nested
    class Recording extends RecordTests {
        @Override
        Scene newScene() {
            return DeliveryStoreContract.this.newScene();
        }
    }

    @Nested
    class RecordingByState extends RecordByStateTests {
        @Override
        Scene newScene() {
            return DeliveryStoreContract.this.newScene();
        }
    }

    @Nested
    class CancellingAndRetrying extends CancelAndRetryTests {
        @Override
        Scene newScene() {
            return DeliveryStoreContract.this.newScene();
        }
    }

    @Nested
    class Listing extends ListTests {
        @Override
        Scene newScene() {
            return DeliveryStoreContract.this.newScene();
        }
    }

    @Nested
    class Waiting extends WaitingTests {
        @Override
        Scene newScene() {
            return DeliveryStoreContract.this.newScene();
        }
    }

    @Nested
    class Expiring extends ExpiryTests {
        @Override
        Scene newScene() {
            return DeliveryStoreContract.this.newScene();
        }
    }

    @Nested
    class Purging extends PurgeTests {
        @Override
        Scene newScene() {
            return DeliveryStoreContract.this.newScene();
        }
    }
}
