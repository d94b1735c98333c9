package dev.posthorn.webhook.redis;

import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.OutsideQueue;
import dev.posthorn.webhook.spi.WebhookStore;
import dev.posthorn.webhook.tck.ConcurrencyContract;
import dev.posthorn.webhook.tck.MovableClock;
import dev.posthorn.webhook.tck.OutsideQueueContract;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Nested;

/** What every queue promises, with one shard and with several. */
final class RedisContractTest {
    private final MovableClock clock = new MovableClock();

    private RedisDeliveryQueue queue(int shards) {
        return RedisDeliveryQueue.builder(TestRedis.client())
                .keyPrefix(TestRedis.newPrefix())
                .shards(shards)
                .time(clock)
                .build();
    }

    @Nested
    class Queue extends QueueOnMovableClock {
        @Override
        protected OutsideQueue createQueue() {
            return queue(1);
        }
    }

    @Nested
    class QueueOfFourShards extends QueueOnMovableClock {
        @Override
        protected OutsideQueue createQueue() {
            return queue(4);
        }
    }

    abstract class QueueOnMovableClock extends OutsideQueueContract {
        @Override
        protected void advance(Duration time) {
            clock.advance(time);
        }
    }

    @Nested
    class Concurrency extends ConcurrencyOnMovableClock {
        @Override
        protected DeliveryQueue queueOf(WebhookStore store) {
            return queue(1);
        }
    }

    @Nested
    class ConcurrencyOfFourShards extends ConcurrencyOnMovableClock {
        @Override
        protected DeliveryQueue queueOf(WebhookStore store) {
            return queue(4);
        }
    }

    abstract class ConcurrencyOnMovableClock extends ConcurrencyContract {
        @Override
        protected WebhookStore createStore() {
            return InMemoryWebhookStore.withoutQueue(clock);
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
}
