package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.DeliveryQueue;
import java.time.Duration;

final class InMemoryStoresOwnQueueTest extends DeliveryQueueContract {
    private final MovableClock clock = new MovableClock();

    @Override
    protected DeliveryQueue createQueue() {
        return InMemoryWebhookStore.create(clock).queue().orElseThrow();
    }

    @Override
    protected void advance(Duration time) {
        clock.advance(time);
    }
}
