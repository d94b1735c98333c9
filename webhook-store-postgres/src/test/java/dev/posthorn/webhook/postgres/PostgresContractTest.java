package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.memory.InMemoryDeliveryQueue;
import dev.posthorn.webhook.spi.Coordination;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.WebhookStore;
import dev.posthorn.webhook.tck.ConcurrencyContract;
import dev.posthorn.webhook.tck.CoordinationContract;
import dev.posthorn.webhook.tck.DeliveryQueueContract;
import dev.posthorn.webhook.tck.DeliveryStoreContract;
import dev.posthorn.webhook.tck.MovableClock;
import dev.posthorn.webhook.tck.SubscriptionStoreContract;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;

/** What every store promises, on pools of both kinds, with the store's own queue and without. */
final class PostgresContractTest {
    private final MovableClock clock = new MovableClock();

    private final List<String> schemas = new ArrayList<>();

    @AfterEach
    void giveBack() throws SQLException {
        for (var schema : schemas) {
            UsedSchemas.giveBack(schema);
        }
    }

    private PostgresWebhookStore store(DataSource dataSource) {
        return builder(dataSource).build();
    }

    private PostgresWebhookStore storeWithoutQueue() {
        return builder(TestDatabase.autoCommitting()).withoutQueue().build();
    }

    private PostgresWebhookStore.Builder builder(DataSource dataSource) {
        var schema = UsedSchemas.take();
        schemas.add(schema);
        return PostgresWebhookStore.builder(dataSource, TestDatabase.KEYS)
                .schema(schema)
                .time(clock);
    }

    @Nested
    class Subscriptions extends SubscriptionStoreContract {
        @Override
        protected WebhookStore createStore() {
            return store(TestDatabase.autoCommitting());
        }

        @Override
        protected Instant now() {
            return clock.now();
        }
    }

    @Nested
    class Deliveries extends DeliveriesOnMovableClock {
        @Override
        protected WebhookStore createStore() {
            return store(TestDatabase.autoCommitting());
        }
    }

    @Nested
    class DeliveriesWithoutAutoCommit extends DeliveriesOnMovableClock {
        @Override
        protected WebhookStore createStore() {
            return store(TestDatabase.notAutoCommitting());
        }
    }

    @Nested
    class DeliveriesWithoutQueue extends DeliveriesOnMovableClock {
        @Override
        protected WebhookStore createStore() {
            return storeWithoutQueue();
        }
    }

    abstract class DeliveriesOnMovableClock extends DeliveryStoreContract {
        @Override
        protected Instant now() {
            return clock.now();
        }

        @Override
        protected void advance(Duration time) {
            clock.advance(time);
        }
    }

    @Nested
    class Queue extends QueueOnMovableClock {
        @Override
        protected DeliveryQueue createQueue() {
            return store(TestDatabase.autoCommitting()).queue().orElseThrow();
        }
    }

    @Nested
    class QueueWithoutAutoCommit extends QueueOnMovableClock {
        @Override
        protected DeliveryQueue createQueue() {
            return store(TestDatabase.notAutoCommitting()).queue().orElseThrow();
        }
    }

    abstract class QueueOnMovableClock extends DeliveryQueueContract {
        @Override
        protected void advance(Duration time) {
            clock.advance(time);
        }
    }

    @Nested
    class Nodes extends CoordinationContract {
        @Override
        protected Coordination createCoordination() {
            return store(TestDatabase.autoCommitting()).coordination();
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

    @Nested
    class Concurrency extends ConcurrencyOnMovableClock {
        @Override
        protected WebhookStore createStore() {
            return store(TestDatabase.autoCommitting());
        }
    }

    @Nested
    class ConcurrencyWithAQueueOutside extends ConcurrencyOnMovableClock {
        @Override
        protected WebhookStore createStore() {
            return storeWithoutQueue();
        }

        @Override
        protected DeliveryQueue queueOf(WebhookStore store) {
            return InMemoryDeliveryQueue.create(clock);
        }
    }

    abstract class ConcurrencyOnMovableClock extends ConcurrencyContract {
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
