package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.memory.InMemoryDeliveryQueue;
import dev.posthorn.webhook.spi.DeliveryQueue;
import java.time.Duration;

final class InMemoryDeliveryQueueTest extends DeliveryQueueContract {
    private final MovableClock clock = new MovableClock();

    @Override
    protected DeliveryQueue createQueue() {
        return InMemoryDeliveryQueue.create(clock);
    }

    @Override
    protected void advance(Duration time) {
        clock.advance(time);
    }
}
