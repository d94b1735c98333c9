package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.spi.WebhookStore;
import java.time.Instant;
import org.junit.jupiter.api.Nested;

/** What {@link dev.posthorn.webhook.spi.SubscriptionStore} promises. */
public abstract class SubscriptionStoreContract {
    /** For subclasses. */
    protected SubscriptionStoreContract() {}

    /** A fresh, empty store; called once for each test. */
    protected abstract WebhookStore createStore();

    /** What the store's wall clock shows. */
    protected abstract Instant now();

    @Nested
    class Keeping extends SubscriptionTests {
        @Override
        Subject newSubject() {
            return SubscriptionStoreContract.this.newSubject();
        }
    }

    @Nested
    class ChangesAndChores extends SubscriptionChangeTests {
        @Override
        SubscriptionTests.Subject newSubject() {
            return SubscriptionStoreContract.this.newSubject();
        }
    }

    @Nested
    class LearningOfEndpoints extends EndpointReportTests {
        @Override
        SubscriptionTests.Subject newSubject() {
            return SubscriptionStoreContract.this.newSubject();
        }
    }

    private SubscriptionTests.Subject newSubject() {
        return new SubscriptionTests.Subject(createStore().subscriptions(), new Samples(this::now));
    }
}
