package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.Subscription.DisabledReason;
import dev.posthorn.webhook.spi.SubscriptionStore;
import java.time.Duration;

/** Disables subscriptions whose endpoints have done nothing but fail for too long. */
final class FailingEndpoints implements Upkeep.Duty {
    private static final Duration EVERY = Duration.ofMinutes(1);
    private static final int CHUNK = 100;
    /** Fewer say too little: a day's retries of one delivery are eight. */
    private static final int LEAST_FAILURES = 10;

    private final SubscriptionStore store;
    private final Disabling disabling;
    private final Duration after;

    FailingEndpoints(SubscriptionStore store, Disabling disabling, Duration after) {
        this.store = store;
        this.disabling = disabling;
        this.after = after;
    }

    @Override
    public String name() {
        return "failing-endpoints";
    }

    @Override
    public Duration every() {
        return EVERY;
    }

    @Override
    public boolean perform() {
        var marks = store.failing(after, LEAST_FAILURES, CHUNK);
        marks.forEach(mark -> disabling.disable(mark.subscriptionId(), mark.version(), DisabledReason.FAILING));
        return marks.size() == CHUNK;
    }
}
