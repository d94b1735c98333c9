package dev.posthorn.webhook.memory;

import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.PublishedEvent;
import dev.posthorn.webhook.spi.Publication;
import org.jspecify.annotations.Nullable;

/** An event as the in-memory store keeps it; changed with the store's lock held. */
final class EventRow {
    final PublishedEvent event;
    final Publication.@Nullable Idempotency idempotency;
    final PublishReceipt receipt;
    int deliveriesKept;

    EventRow(PublishedEvent event, Publication.@Nullable Idempotency idempotency, PublishReceipt receipt) {
        this.event = event;
        this.idempotency = idempotency;
        this.receipt = receipt;
        this.deliveriesKept = receipt.deliveryIds().size();
    }
}
