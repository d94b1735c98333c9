package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.spi.DeliveryStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gives up what is too old and was never looked at, because its lane was left alone: behind a breaker, a rate limit, or an
 * endpoint that asked for a pause. What is claimed is judged when its attempt would begin ({@link Attempter}).
 *
 * <p>It walks what is as old as the shortest age at which anything expires. Where all subscriptions have policies of the
 * same length that is what has expired, and mostly nothing.
 */
final class Expiry implements Upkeep.Duty {
    /** So much later it may notice what nobody was allowed to send. */
    static final Duration EVERY = Duration.ofMinutes(5);

    private static final int CHUNK = 500;

    private final EngineSettings settings;
    private final DeliveryStore deliveries;
    private final SubscriptionCache subscriptions;
    private final ListenerRelay listeners;
    private final Consumer<Set<UUID>> onEnded;
    private @Nullable String reached;

    /** @param onEnded takes what has ended off lanes, and off a queue that is not the store's own */
    Expiry(
            EngineSettings settings,
            DeliveryStore deliveries,
            SubscriptionCache subscriptions,
            ListenerRelay listeners,
            Consumer<Set<UUID>> onEnded) {
        this.settings = settings;
        this.deliveries = deliveries;
        this.subscriptions = subscriptions;
        this.listeners = listeners;
        this.onEnded = onEnded;
    }

    @Override
    public String name() {
        return "expiry";
    }

    @Override
    public Duration every() {
        return EVERY;
    }

    @Override
    public boolean perform() {
        var shortest = subscriptions.shortestRetry(settings.retry().length());
        var page = deliveries.aged(shortest.plus(settings.expiryGrace()), reached, CHUNK);
        var ages = new HashMap<UUID, Duration>();
        var owners = new HashMap<UUID, UUID>();
        for (var ticket : page.items()) {
            subscriptions
                    .known(ticket.subscriptionId())
                    .ifPresent(subscription -> ages.put(ticket.deliveryId(), settings.expiresAfter(subscription)));
            owners.put(ticket.deliveryId(), ticket.subscriptionId());
        }
        if (!ages.isEmpty()) {
            expire(ages, owners);
        }
        reached = page.next();
        return reached != null;
    }

    private void expire(Map<UUID, Duration> ages, Map<UUID, UUID> owners) {
        var expired = deliveries.expire(ages);
        if (expired.isEmpty()) {
            return;
        }
        onEnded.accept(expired);
        for (var id : expired) {
            var owner = Objects.requireNonNull(owners.get(id));
            listeners.tell(listener -> listener.deliveryFailed(id, owner, FailureReason.EXPIRED));
        }
    }
}
