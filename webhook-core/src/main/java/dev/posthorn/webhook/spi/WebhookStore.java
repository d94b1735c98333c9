package dev.posthorn.webhook.spi;

import java.util.Optional;

/** Where subscriptions, events, deliveries and attempts are kept: the truth. */
public interface WebhookStore {
    /** The subscriptions. */
    SubscriptionStore subscriptions();

    /** The events, deliveries and attempts. */
    DeliveryStore deliveries();

    /** What the nodes that share this store agree on. */
    Coordination coordination();

    /**
     * The store's own queue, changed in the same transactions as its deliveries. Empty if the store has none; a dispatcher
     * then needs one from elsewhere.
     */
    Optional<DeliveryQueue> queue();
}
