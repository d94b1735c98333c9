package dev.posthorn.webhook;

import java.util.List;
import java.util.UUID;

/**
 * Publishes events to the subscriptions that want them. Safe for use by several threads.
 *
 * <p>{@link WebhookDispatcher} is one whose events are durable when the call returns. One made by
 * {@link WebhookDispatcher#publisher} writes into a transaction of the host's: its events exist exactly if that commits.
 */
public interface WebhookPublisher {
    /**
     * Publishes one event to every active subscription of its tenant that wants its type.
     *
     * @throws InvalidInputException naming every fault of the event; nothing was stored
     * @throws ConflictException if its idempotency key was used with other content; nothing was stored
     * @throws dev.posthorn.webhook.spi.StoreException if the store failed. If {@code isTransient()}, publish again;
     *     with an idempotency key that is safe even if the first call was stored and only its answer lost
     */
    default PublishReceipt publish(WebhookEvent event) {
        return publish(List.of(event)).get(0);
    }

    /**
     * Publishes many events at once: all are stored, or none. Much cheaper for each than one by one.
     *
     * @return a receipt for each event, in their order
     * @throws InvalidInputException naming every fault of every event; nothing was stored
     * @throws ConflictException as for one event; nothing was stored
     * @throws dev.posthorn.webhook.spi.StoreException as for one event
     */
    List<PublishReceipt> publish(List<WebhookEvent> events);

    /**
     * Publishes one event straight to one subscription, and to no other. If the subscription does not want the type, the
     * receipt has no delivery.
     *
     * @throws InvalidInputException naming every fault of the event; nothing was stored
     * @throws NotFoundException if there is no such subscription, or it is another tenant's
     * @throws ConflictException if the subscription is disabled, or as for {@link #publish(WebhookEvent)}
     * @throws dev.posthorn.webhook.spi.StoreException as for {@link #publish(WebhookEvent)}
     */
    PublishReceipt publishTo(UUID subscriptionId, WebhookEvent event);
}
