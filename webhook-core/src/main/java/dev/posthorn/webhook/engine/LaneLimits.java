package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.RateLimit;
import org.jspecify.annotations.Nullable;

/**
 * What a lane may do at most.
 *
 * @param maxInFlight how many attempts at once, on this node
 * @param rate how many attempts begin in a time, on all nodes; {@code null} for any number
 */
record LaneLimits(int maxInFlight, @Nullable RateLimit rate) {
    /** Those of a subscription, or where it has none of its own, or is not known, the dispatcher's. */
    static LaneLimits of(@Nullable CachedSubscription subscription, EngineSettings settings) {
        var own = subscription == null ? null : subscription.settings();
        var maxInFlight = own == null ? null : own.maxInFlight();
        var rate = own == null ? null : own.rateLimit();
        return new LaneLimits(
                maxInFlight == null ? settings.maxInFlightPerSubscription() : maxInFlight,
                rate == null ? settings.rateLimit() : rate);
    }
}
