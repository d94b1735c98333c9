package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.memory.InMemoryDeliveryQueue;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.WebhookStore;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Nested;

final class InMemoryConcurrencyTest {
    @Nested
    class WithItsOwnQueue extends OnMovableClock {
        @Override
        protected WebhookStore createStore() {
            return InMemoryWebhookStore.create(clock);
        }
    }

    @Nested
    class WithAQueueOutside extends OnMovableClock {
        @Override
        protected WebhookStore createStore() {
            return InMemoryWebhookStore.withoutQueue(clock);
        }

        @Override
        protected DeliveryQueue queueOf(WebhookStore store) {
            return InMemoryDeliveryQueue.create(clock);
        }
    }

    abstract static class OnMovableClock extends ConcurrencyContract {
        final MovableClock clock = new MovableClock();

        @Override
        protected Instant now() {
            return clock.now();
        }

        @Override
        protected void advance(Duration time) {
            clock.advance(time);
        }
    }
}
