package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.PublishReceipt;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What came of publishing.
 *
 * @param duplicate whether the idempotency key had been used before: nothing was stored, the rest is the first answer's
 */
record ReceiptJson(UUID eventId, List<UUID> deliveryIds, boolean duplicate) {
    static ReceiptJson of(PublishReceipt receipt) {
        return new ReceiptJson(receipt.eventId(), receipt.deliveryIds(), receipt.duplicate());
    }

    /**
     * What came of publishing to one subscription.
     *
     * @param status {@code ACCEPTED}, or {@code IGNORED} if the subscription does not want the type
     * @param deliveryTaskId the one delivery; {@code null} if ignored
     */
    record Ingested(
            String status, UUID eventId, @Nullable UUID deliveryTaskId, List<UUID> deliveryIds, boolean duplicate) {
        static Ingested of(PublishReceipt receipt) {
            var ids = receipt.deliveryIds();
            return new Ingested(
                    ids.isEmpty() ? "IGNORED" : "ACCEPTED",
                    receipt.eventId(),
                    ids.isEmpty() ? null : ids.get(0),
                    ids,
                    receipt.duplicate());
        }
    }
}
