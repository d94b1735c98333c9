package dev.posthorn.webhook.spi;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.PublishedEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An event to be stored, with its deliveries.
 *
 * @param event the event
 * @param idempotency its key; {@code null} for none
 * @param deliveries a ticket for each of its deliveries, to be stored as pending and put on the store's own queue, if it
 *     has one
 */
public record Publication(PublishedEvent event, @Nullable Idempotency idempotency, List<Ticket> deliveries) {
    /** Keeps a copy of the list. */
    public Publication {
        deliveries = List.copyOf(deliveries);
    }

    /**
     * A promise to publish something once. It ends with the store's retention of the event.
     *
     * @param key unique within the event's tenant
     * @param contentHash the same for the same content only
     */
    public record Idempotency(String key, Bytes contentHash) {}
}
