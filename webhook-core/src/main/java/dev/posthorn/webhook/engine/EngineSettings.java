package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.BreakerPolicy;
import dev.posthorn.webhook.RateLimit;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Every setting of the engine, checked by whoever made it. What each means is told where the host sets it. */
public record EngineSettings(
        String nodeId,
        TimeSource time,
        int maxInFlight,
        int maxInFlightPerSubscription,
        @Nullable RateLimit rateLimit,
        @Nullable BreakerPolicy breaker,
        int batch,
        int heldDeliveries,
        long heldBytes,
        Duration lease,
        Duration timeout,
        RetryPolicy retry,
        Duration expiryGrace,
        Duration longestRetryAfter,
        Duration pollInterval,
        Duration retention,
        @Nullable Duration disableAfter,
        @Nullable Integer maxPendingPerSubscription,
        @Nullable Integer maxPendingPerTenant) {

    /** What a lease must last longer than an attempt: time to start late, and to record. */
    public static final Duration LEASE_MARGIN = Duration.ofSeconds(5);

    /** How long after it was first due a delivery to this subscription is too old. */
    Duration expiresAfter(CachedSubscription subscription) {
        return retryOf(subscription).length().plus(expiryGrace);
    }

    /** The subscription's own policy, or that of those without one. */
    RetryPolicy retryOf(CachedSubscription subscription) {
        var own = subscription.settings().retry();
        return own == null ? retry : own;
    }

    /** The longest timeout an attempt may have under this lease. */
    public Duration longestTimeout() {
        return lease.minus(LEASE_MARGIN);
    }
}
