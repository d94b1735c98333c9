package dev.posthorn.webhook.behaviour;

import dev.posthorn.webhook.memory.InMemoryDeliveryQueue;
import dev.posthorn.webhook.spi.Coordination;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.SubscriptionStore;
import dev.posthorn.webhook.spi.WebhookStore;
import java.util.Optional;

/** A store as one node sees it, with trouble in between. */
record FaultyStore(WebhookStore real, Trouble trouble) implements WebhookStore {
    @Override
    public SubscriptionStore subscriptions() {
        return new FaultySubscriptions(real.subscriptions(), trouble);
    }

    @Override
    public DeliveryStore deliveries() {
        return new FaultyDeliveries(real.deliveries(), trouble);
    }

    @Override
    public Coordination coordination() {
        return new FaultyCoordination(real.coordination(), trouble);
    }

    @Override
    public Optional<DeliveryQueue> queue() {
        return real.queue().map(queue -> new FaultyQueue((InMemoryDeliveryQueue) queue, trouble));
    }
}
