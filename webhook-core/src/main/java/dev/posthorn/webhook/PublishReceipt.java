package dev.posthorn.webhook;

import java.util.List;
import java.util.UUID;

/**
 * What came of publishing one event.
 *
 * @param eventId the stored event's id
 * @param deliveryIds one for each subscription that wanted it; empty if none did
 * @param duplicate whether its idempotency key had been used before: the rest is then the first receipt's, and nothing
 *     was stored
 */
public record PublishReceipt(UUID eventId, List<UUID> deliveryIds, boolean duplicate) {
    /** Keeps a copy of the list. */
    public PublishReceipt {
        deliveryIds = List.copyOf(deliveryIds);
    }
}
