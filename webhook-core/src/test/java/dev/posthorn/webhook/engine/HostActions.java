package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.RetryFailed;
import dev.posthorn.webhook.SubscriptionSettings;
import dev.posthorn.webhook.SubscriptionStatus;
import dev.posthorn.webhook.WaitingDeliveries;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.WebhookException;
import dev.posthorn.webhook.engine.Schedule.Actor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;

/** What hosts do at random on the nodes. They bear with every refusal and failure. */
final class HostActions {
    private static final String[] TYPES = {"order.created", "order.paid", "user.left"};

    private final Simulation simulation;
    private final SplittableRandom random;
    private final Map<String, UUID> keys = new HashMap<>();

    HostActions(Simulation simulation) {
        this.simulation = simulation;
        random = simulation.random;
    }

    void act(SimulatedNode node) {
        int chance = random.nextInt(100);
        on(node, () -> {
            if (chance < 46) {
                publish(node);
            } else if (chance < 54) {
                publishOnce(node);
            } else if (chance < 60) {
                publishTo(node);
            } else if (chance < 68) {
                someDelivery().ifPresent(node.host.deliveries::cancel);
            } else if (chance < 77) {
                someDelivery().ifPresent(node.host.deliveries::retry);
            } else if (chance < 80) {
                someSubscription()
                        .ifPresent(id -> node.host.deliveries.retryFailed(RetryFailed.of(id, Instant.EPOCH)
                                .perSecond(1 + random.nextInt(10))
                                .limit(20)));
            } else if (chance < 85) {
                boolean pauses = random.nextBoolean();
                someSubscription()
                        .ifPresent(pauses ? node.host.subscriptions::pause : node.host.subscriptions::disable);
            } else if (chance < 92) {
                var waiting = random.nextInt(4) == 0 ? WaitingDeliveries.DROP : WaitingDeliveries.DELIVER;
                boolean resumes = random.nextBoolean();
                someSubscription().ifPresent(id -> {
                    if (resumes) {
                        node.host.subscriptions.resume(id);
                    } else {
                        node.host.subscriptions.enable(id, waiting);
                    }
                });
            } else if (chance < 95) {
                someSubscription().ifPresent(id -> update(node, id));
            } else if (chance < 96) {
                someSubscription().ifPresent(node.host.subscriptions::delete);
            } else {
                simulation.endpoints.changeMood(Simulation.host(random.nextInt(Simulation.ENDPOINTS)));
            }
        });
    }

    void enable(SimulatedNode node, UUID id) {
        on(node, () -> {
            var status = node.host.subscriptions.get(id).orElseThrow().status();
            if (status == SubscriptionStatus.PAUSED) {
                node.host.subscriptions.resume(id);
            } else {
                node.host.subscriptions.enable(id, WaitingDeliveries.DELIVER);
            }
        });
    }

    private void on(SimulatedNode node, Runnable action) {
        simulation.schedule.after(0, new Actor(node), () -> {
            try {
                action.run();
            } catch (WebhookException refused) {
                simulation.trace.note(
                        simulation.schedule.now(),
                        "host",
                        node.name,
                        refused.getClass().getSimpleName());
            }
        });
    }

    private WebhookEvent event(SimulatedNode node, String type, int size) {
        var event = WebhookEvent.of(type, "text/plain", Bytes.wrap(new byte[size]));
        return random.nextInt(8) == 0 ? event.notBefore(node.engine.now().plusMillis(random.nextInt(20_000))) : event;
    }

    private void publish(SimulatedNode node) {
        var events = new ArrayList<WebhookEvent>();
        int count = random.nextInt(10) == 0 ? 12 : 1 + random.nextInt(2);
        for (int i = 0; i < count; i++) {
            events.add(event(node, TYPES[random.nextInt(TYPES.length)], random.nextInt(600)));
        }
        long from = simulation.schedule.now();
        var receipts = node.engine.publisher().publish(events);
        for (int i = 0; i < count; i++) {
            published(receipts.get(i), events.get(i), null, from);
        }
    }

    private void publishOnce(SimulatedNode node) {
        int number = random.nextInt(6);
        var key = "key-" + number;
        // Now and then with other content, which has to be refused if the key was used.
        var type = TYPES[random.nextInt(12) == 0 ? 2 : number % 2];
        var event = WebhookEvent.of(type, "text/plain", Bytes.wrap(new byte[number]))
                .idempotencyKey(key);
        long from = simulation.schedule.now();
        var receipt = node.engine.publisher().publish(List.of(event)).get(0);
        published(receipt, event, null, from);
        var first = keys.putIfAbsent(key, receipt.eventId());
        simulation.invariants.hold(
                first == null || first.equals(receipt.eventId()), null, "published twice under one key", key, receipt);
    }

    private void publishTo(SimulatedNode node) {
        someSubscription().ifPresent(id -> {
            var event = event(node, TYPES[random.nextInt(TYPES.length)], 10);
            long from = simulation.schedule.now();
            published(node.engine.publisher().publishTo(id, event), event, id, from);
        });
    }

    private void published(PublishReceipt receipt, WebhookEvent event, UUID target, long from) {
        simulation.invariants.published(receipt, event.type(), target, from, simulation.schedule.now());
    }

    private void update(SimulatedNode node, UUID id) {
        var before = node.host.subscriptions.get(id);
        if (before.isPresent()) {
            var settings = change(before.get().settings());
            node.host.subscriptions.update(id, before.get().version(), settings);
        }
    }

    private SubscriptionSettings change(SubscriptionSettings settings) {
        return switch (random.nextInt(3)) {
            case 0 -> settings.maxInFlight(1 + random.nextInt(5));
            case 1 -> settings.url(Simulation.url(random.nextInt(Simulation.ENDPOINTS)));
            default -> settings.eventTypes(random.nextBoolean() ? "order.*" : "*");
        };
    }

    private Optional<UUID> someSubscription() {
        return some(List.copyOf(simulation.subscriptionModel.ids()));
    }

    /** The younger the likelier. */
    private Optional<UUID> someDelivery() {
        var ids = List.copyOf(simulation.ledger.entries.keySet());
        int from = random.nextBoolean() ? 0 : Math.max(0, ids.size() - 8);
        return some(ids.subList(from, ids.size()));
    }

    private Optional<UUID> some(List<UUID> ids) {
        return ids.isEmpty() ? Optional.empty() : Optional.of(ids.get(random.nextInt(ids.size())));
    }
}
