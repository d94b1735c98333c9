package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.WebhookStore;
import java.time.Instant;

final class InMemorySubscriptionStoreTest extends SubscriptionStoreContract {
    private final MovableClock clock = new MovableClock();

    @Override
    protected WebhookStore createStore() {
        return InMemoryWebhookStore.create(clock);
    }

    @Override
    protected Instant now() {
        return clock.now();
    }
}
