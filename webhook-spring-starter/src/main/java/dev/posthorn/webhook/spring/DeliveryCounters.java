package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.Subscription.DisabledReason;
import dev.posthorn.webhook.WebhookListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;

/** Counts what listeners are told. Every series is there from the beginning, at 0, so that rates of rare ones are right. */
final class DeliveryCounters implements WebhookListener {
    private final Counter succeeded;
    private final Map<FailureReason, Counter> failed;
    private final Map<AttemptOutcome, Counter> attempts;
    private final Map<DisabledReason, Counter> disabled;
    private final Counter lostLeases;

    DeliveryCounters(MeterRegistry registry) {
        succeeded = deliveries("succeeded", "none").register(registry);
        failed = each(
                FailureReason.class, reason -> deliveries("failed", tag(reason)).register(registry));
        attempts = each(
                AttemptOutcome.class,
                outcome -> Counter.builder("posthorn.attempts")
                        .description("Attempts that were made and recorded, by how they ended")
                        .tag("outcome", tag(outcome))
                        .register(registry));
        disabled = each(
                DisabledReason.class,
                reason -> Counter.builder("posthorn.subscriptions.disabled")
                        .description("Subscriptions that the dispatcher disabled, by why")
                        .tag("reason", tag(reason))
                        .register(registry));
        lostLeases = Counter.builder("posthorn.leases.lost")
                .description("Attempts whose result came too late and was not used")
                .register(registry);
    }

    private static Counter.Builder deliveries(String status, String reason) {
        return Counter.builder("posthorn.deliveries")
                .description("Deliveries that ended on this node, by how and why")
                .tags("status", status, "reason", reason);
    }

    private static String tag(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static <E extends Enum<E>> Map<E, Counter> each(Class<E> type, Function<E, Counter> made) {
        var counters = new EnumMap<E, Counter>(type);
        for (var value : type.getEnumConstants()) {
            counters.put(value, made.apply(value));
        }
        return counters;
    }

    private static <E extends Enum<E>> void count(Map<E, Counter> counters, E value) {
        Objects.requireNonNull(counters.get(value)).increment();
    }

    @Override
    public void attemptFailed(UUID deliveryId, UUID subscriptionId, Attempt attempt) {
        count(attempts, attempt.outcome());
    }

    @Override
    public void deliverySucceeded(UUID deliveryId, UUID subscriptionId, Attempt attempt) {
        count(attempts, attempt.outcome());
        succeeded.increment();
    }

    @Override
    public void deliveryFailed(UUID deliveryId, UUID subscriptionId, FailureReason reason) {
        count(failed, reason);
    }

    @Override
    public void subscriptionDisabled(UUID subscriptionId, DisabledReason reason) {
        count(disabled, reason);
    }

    @Override
    public void leaseLost(UUID deliveryId, UUID subscriptionId) {
        lostLeases.increment();
    }
}
