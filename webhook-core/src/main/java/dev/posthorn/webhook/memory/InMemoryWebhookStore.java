package dev.posthorn.webhook.memory;

import dev.posthorn.webhook.spi.Coordination;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.SubscriptionStore;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.spi.WebhookStore;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory: everything is lost when the process ends. Any number of dispatchers in the process may share it.
 * One lock guards all of it, which is what makes each operation a transaction. Safe for use by several threads.
 */
public final class InMemoryWebhookStore implements WebhookStore {
    private final SubscriptionStore subscriptions;
    private final DeliveryStore deliveries;
    private final Coordination coordination;
    private final @Nullable InMemoryDeliveryQueue queue;

    private InMemoryWebhookStore(TimeSource time, boolean withQueue) {
        var lock = new ReentrantLock();
        queue = withQueue ? new InMemoryDeliveryQueue(time, lock) : null;
        var subscriptionStore = new InMemorySubscriptionStore(lock, time);
        subscriptions = subscriptionStore;
        deliveries = new InMemoryDeliveryStore(lock, time, queue, subscriptionStore);
        coordination = new InMemoryCoordination(lock, time);
    }

    /** An empty store with a queue of its own, on the machine's clock. */
    public static InMemoryWebhookStore create() {
        return create(TimeSource.system());
    }

    /** An empty store with a queue of its own, on a clock of the caller's. */
    public static InMemoryWebhookStore create(TimeSource time) {
        return new InMemoryWebhookStore(time, true);
    }

    /** An empty store that needs a queue from elsewhere. */
    public static InMemoryWebhookStore withoutQueue(TimeSource time) {
        return new InMemoryWebhookStore(time, false);
    }

    @Override
    public SubscriptionStore subscriptions() {
        return subscriptions;
    }

    @Override
    public DeliveryStore deliveries() {
        return deliveries;
    }

    @Override
    public Coordination coordination() {
        return coordination;
    }

    @Override
    public Optional<DeliveryQueue> queue() {
        return Optional.ofNullable(queue);
    }
}
