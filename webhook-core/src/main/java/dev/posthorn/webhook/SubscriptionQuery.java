package dev.posthorn.webhook;

import org.jspecify.annotations.Nullable;

/**
 * Which subscriptions to list, oldest first.
 *
 * @param tenant only this tenant's; {@code null} for all
 * @param after the {@link Page#next()} of the page before; {@code null} for the first
 * @param limit how many at most: 1 to 1,000
 */
public record SubscriptionQuery(
        @Nullable String tenant, @Nullable String after, int limit) {
    /** The first 100 of all tenants. */
    public static SubscriptionQuery all() {
        return new SubscriptionQuery(null, null, 100);
    }

    /** Only this tenant's. */
    public SubscriptionQuery tenant(@Nullable String newTenant) {
        return new SubscriptionQuery(newTenant, after, limit);
    }

    /** The page after the one whose {@link Page#next()} this is. */
    public SubscriptionQuery after(@Nullable String cursor) {
        return new SubscriptionQuery(tenant, cursor, limit);
    }

    /** At most so many. */
    public SubscriptionQuery limit(int newLimit) {
        return new SubscriptionQuery(tenant, after, newLimit);
    }
}
