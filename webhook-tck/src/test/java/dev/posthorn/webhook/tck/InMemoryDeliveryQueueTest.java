package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.memory.InMemoryDeliveryQueue;
import dev.posthorn.webhook.spi.OutsideQueue;
import java.time.Duration;

final class InMemoryDeliveryQueueTest extends OutsideQueueContract {
    private final MovableClock clock = new MovableClock();

    @Override
    protected OutsideQueue createQueue() {
        return InMemoryDeliveryQueue.create(clock);
    }

    @Override
    protected void advance(Duration time) {
        clock.advance(time);
    }
}
