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
    /** The first attempt finds out how much a subscription bears that this node does not know yet. */
    private static final LaneLimits UNKNOWN = new LaneLimits(1, null);

    /** Those of a subscription, or where it has none of its own, the dispatcher's. */
    static LaneLimits of(@Nullable CachedSubscription subscription, EngineSettings settings) {
        if (subscription == null) {
            return UNKNOWN;
        }
        var own = subscription.settings();
        var maxInFlight = own.maxInFlight();
        var rate = own.rateLimit();
        return new LaneLimits(
                maxInFlight == null ? settings.maxInFlightPerSubscription() : maxInFlight,
                rate == null ? settings.rateLimit() : rate);
    }
}
