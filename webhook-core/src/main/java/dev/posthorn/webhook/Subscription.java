package dev.posthorn.webhook;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint and what it wants. It holds no secret, so it can be listed and logged.
 *
 * @param id a UUIDv7
 * @param tenant whose events can reach it
 * @param settings what its owner set
 * @param status whether it gets deliveries
 * @param disabledReason why not, if {@code DISABLED}; else {@code null}
 * @param version 1 at first, one more with each change; what an update must name
 * @param createdAt when it was created
 * @param updatedAt when it was last changed
 */
public record Subscription(
        UUID id,
        String tenant,
        SubscriptionSettings settings,
        SubscriptionStatus status,
        @Nullable DisabledReason disabledReason,
        long version,
        Instant createdAt,
        Instant updatedAt) {

    /** Why a subscription gets no deliveries. */
    public enum DisabledReason {
        /** Somebody disabled it. */
        BY_HAND,
        /** Its endpoint answered 410 Gone. */
        GONE,
        /** Its endpoint did nothing but fail for {@link WebhookDispatcher.Builder#disableAfter long}. */
        FAILING
    }

    /** Whether deliveries are sent to it. */
    public boolean isActive() {
        return status == SubscriptionStatus.ACTIVE;
    }

    /** Whether what is published makes deliveries for it, be they sent now or, while it is paused, later. */
    public boolean takesEvents() {
        return status != SubscriptionStatus.DISABLED;
    }
}
