package dev.posthorn.webhook;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which deliveries to list, newest first. Every part that is not {@code null} narrows the list.
 *
 * @param tenant only this tenant's
 * @param subscriptionId only this subscription's
 * @param status only those with this status
 * @param eventType only those of exactly this type
 * @param since only those created at this moment or later
 * @param until only those created before this moment
 * @param after the {@link Page#next()} of the page before; {@code null} for the first
 * @param limit how many at most: 1 to 1,000
 */
public record DeliveryQuery(
        @Nullable String tenant,
        @Nullable UUID subscriptionId,
        @Nullable DeliveryStatus status,
        @Nullable String eventType,
        @Nullable Instant since,
        @Nullable Instant until,
        @Nullable String after,
        int limit) {

    /** The newest 100 of all. */
    public static DeliveryQuery all() {
        return new DeliveryQuery(null, null, null, null, null, null, null, 100);
    }

    /** The newest 100 of one subscription. */
    public static DeliveryQuery ofSubscription(UUID subscriptionId) {
        return all().subscription(subscriptionId);
    }

    /** Only this tenant's. */
    public DeliveryQuery tenant(@Nullable String newTenant) {
        return new DeliveryQuery(newTenant, subscriptionId, status, eventType, since, until, after, limit);
    }

    /** Only this subscription's. */
    public DeliveryQuery subscription(@Nullable UUID id) {
        return new DeliveryQuery(tenant, id, status, eventType, since, until, after, limit);
    }

    /** Only those with this status. */
    public DeliveryQuery status(@Nullable DeliveryStatus newStatus) {
        return new DeliveryQuery(tenant, subscriptionId, newStatus, eventType, since, until, after, limit);
    }

    /** Only those of exactly this type. */
    public DeliveryQuery eventType(@Nullable String type) {
        return new DeliveryQuery(tenant, subscriptionId, status, type, since, until, after, limit);
    }

    /** Only those created at this moment or later. */
    public DeliveryQuery since(@Nullable Instant moment) {
        return new DeliveryQuery(tenant, subscriptionId, status, eventType, moment, until, after, limit);
    }

    /** Only those created before this moment. */
    public DeliveryQuery until(@Nullable Instant moment) {
        return new DeliveryQuery(tenant, subscriptionId, status, eventType, since, moment, after, limit);
    }

    /** The page after the one whose {@link Page#next()} this is. */
    public DeliveryQuery after(@Nullable String cursor) {
        return new DeliveryQuery(tenant, subscriptionId, status, eventType, since, until, cursor, limit);
    }

    /** At most so many. */
    public DeliveryQuery limit(int newLimit) {
        return new DeliveryQuery(tenant, subscriptionId, status, eventType, since, until, after, newLimit);
    }
}
