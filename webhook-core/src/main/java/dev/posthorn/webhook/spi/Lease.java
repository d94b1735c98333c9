package dev.posthorn.webhook.spi;

import java.util.UUID;

/**
 * A ticket claimed by one node until a moment. When that has passed, the ticket can be claimed again.
 *
 * @param deliveryId the delivery
 * @param subscriptionId its subscription
 * @param token unique to this claim: what is done under the lease holds only while the queue knows the same token
 */
public record Lease(UUID deliveryId, UUID subscriptionId, long token) {}
