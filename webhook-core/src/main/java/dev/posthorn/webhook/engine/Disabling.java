package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.Subscription.DisabledReason;
import dev.posthorn.webhook.SubscriptionStatus;
import dev.posthorn.webhook.spi.StoredSubscription;
import dev.posthorn.webhook.spi.SubscriptionStore;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Disables subscriptions: by itself those whose endpoint said that it is gone. */
final class Disabling implements Upkeep.Duty {
    private static final Duration EVERY = Duration.ofMinutes(1);

    private final SubscriptionStore store;
    private final SubscriptionCache cache;
    private final CorrectedClock clock;
    private final ListenerRelay listeners;
    private final Queue<Gone> waiting = new ConcurrentLinkedQueue<>();

    /** An endpoint that answered 410 to an attempt made with this version of its subscription. */
    private record Gone(UUID subscriptionId, long version) {}

    Disabling(SubscriptionStore store, SubscriptionCache cache, CorrectedClock clock, ListenerRelay listeners) {
        this.store = store;
        this.cache = cache;
        this.clock = clock;
        this.listeners = listeners;
    }

    void gone(UUID subscriptionId, long version) {
        var gone = new Gone(subscriptionId, version);
        if (!waiting.contains(gone)) {
            waiting.add(gone);
        }
    }

    @Override
    public String name() {
        return "disabling";
    }

    @Override
    public Duration every() {
        return EVERY;
    }

    @Override
    public boolean perform() {
        for (Gone gone; (gone = waiting.peek()) != null; ) {
            disable(gone.subscriptionId, gone.version, DisabledReason.GONE);
            waiting.remove(gone);
        }
        return false;
    }

    /** Disables a subscription, if it is active and still has the version that the reason was found with. */
    void disable(UUID subscriptionId, long version, DisabledReason reason) {
        Optional<StoredSubscription> found = store.find(subscriptionId);
        // A subscription changed since then may have another URL, of which this says nothing.
        if (found.isEmpty()
                || !found.get().subscription().isActive()
                || found.get().subscription().version() != version) {
            return;
        }
        if (store.update(Changes.status(found.get(), SubscriptionStatus.DISABLED, reason, clock.now()))) {
            cache.refresh();
            listeners.tell(listener -> listener.subscriptionDisabled(subscriptionId, reason));
        }
    }
}
