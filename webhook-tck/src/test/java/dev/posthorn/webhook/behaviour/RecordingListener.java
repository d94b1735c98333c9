package dev.posthorn.webhook.behaviour;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.WebhookListener;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what it is told. Safe for use by several threads. */
final class RecordingListener implements WebhookListener {
    private final List<Told> told = new CopyOnWriteArrayList<>();

    /**
     * One thing it was told.
     *
     * @param kind the method's name
     * @param id the delivery; the subscription, where it is not about a delivery
     * @param detail the attempt's number or the reason
     */
    record Told(String kind, UUID id, Object detail) {}

    /** All of it, in order. */
    List<Told> told() {
        return List.copyOf(told);
    }

    /** The kinds of what it was told about one delivery or subscription, in order. */
    List<String> kinds(UUID id) {
        return told.stream().filter(each -> each.id.equals(id)).map(Told::kind).toList();
    }

    @Override
    public void attemptFailed(UUID deliveryId, UUID subscriptionId, Attempt attempt) {
        told.add(new Told("attemptFailed", deliveryId, attempt.number()));
    }

    @Override
    public void deliverySucceeded(UUID deliveryId, UUID subscriptionId, Attempt attempt) {
        told.add(new Told("deliverySucceeded", deliveryId, attempt.number()));
    }

    @Override
    public void deliveryFailed(UUID deliveryId, UUID subscriptionId, FailureReason reason) {
        told.add(new Told("deliveryFailed", deliveryId, reason));
    }

    @Override
    public void subscriptionDisabled(UUID subscriptionId, Subscription.DisabledReason reason) {
        told.add(new Told("subscriptionDisabled", subscriptionId, reason));
    }

    @Override
    public void leaseLost(UUID deliveryId, UUID subscriptionId) {
        told.add(new Told("leaseLost", deliveryId, subscriptionId));
    }
}
