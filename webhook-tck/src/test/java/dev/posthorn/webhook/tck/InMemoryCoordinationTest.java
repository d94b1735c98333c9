package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.Coordination;
import java.time.Duration;
import java.time.Instant;

final class InMemoryCoordinationTest extends CoordinationContract {
    private final MovableClock clock = new MovableClock();

    @Override
    protected Coordination createCoordination() {
        return InMemoryWebhookStore.create(clock).coordination();
    }

    @Override
    protected Instant now() {
        return clock.now();
    }

    @Override
    protected void advance(Duration time) {
        clock.advance(time);
    }
}
