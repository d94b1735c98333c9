package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.Coordination;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.OutsideQueue;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.spi.SubscriptionStore;
import dev.posthorn.webhook.spi.WebhookStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A node's way to the store and the queue: each call may take long, fail before it was carried out, or fail after that, so
 * that only its answer is lost; and while it lasts the others go on, and the node may be paused or lost.
 */
final class FaultyCalls implements WebhookStore {
    private final SimulatedNode node;
    private final Weather weather;
    private final Schedule schedule;
    private final Trace trace;
    private final SubscriptionStore subscriptions;
    private final DeliveryStore deliveries;
    private final Coordination coordination;
    private final OutsideQueue queue;
    private final boolean queueIsStores;

    FaultyCalls(SimulatedNode node, Simulation simulation) {
        this.node = node;
        weather = simulation.weather;
        schedule = simulation.schedule;
        trace = simulation.trace;
        subscriptions = faulty(SubscriptionStore.class, simulation.subscriptions);
        deliveries = faulty(DeliveryStore.class, simulation.deliveries);
        coordination = faulty(Coordination.class, simulation.coordination);
        queue = faulty(OutsideQueue.class, simulation.queue);
        queueIsStores = simulation.queueIsStores;
    }

    private <T> T faulty(Class<T> role, T target) {
        return role.cast(Proxy.newProxyInstance(
                role.getClassLoader(), new Class<?>[] {role}, (proxy, method, arguments) -> {
                    var name = method.getName();
                    // The node has a lock for as long as it reads these: no other of its threads can come in between.
                    boolean locks = name.equals("changes");
                    before(name, arguments, locks);
                    Object answer;
                    try {
                        answer = method.invoke(target, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                    after(name, locks);
                    return answer;
                }));
    }

    private void before(String name, Object @Nullable [] arguments, boolean locks) {
        spendTime(locks);
        refusePoison(name, arguments);
        if (weather.failsBefore(node)) {
            node.troubled();
            trace.note(schedule.now(), "fails before", node.name, name);
            throw StoreException.passing("planted before " + name, null);
        }
    }

    private void after(String name, boolean locks) {
        if (weather.failsAfter(node)) {
            node.troubled();
            trace.note(schedule.now(), "answer lost", node.name, name);
            throw StoreException.passing("planted after " + name, null);
        }
        spendTime(locks);
    }

    private void spendTime(boolean locks) {
        node.checkNotLost();
        long latency = weather.latency();
        if (latency == 0) {
            return;
        }
        node.callBegins();
        if (locks) {
            node.lock();
        }
        try {
            schedule.waitInside(latency);
            while (node.pausedUntil() > schedule.now() && !schedule.isStopped()) {
                long before = schedule.now();
                schedule.waitInside(node.pausedUntil() - before);
                if (schedule.now() == before) {
                    // Too deep in others' waiting to wait any more.
                    break;
                }
            }
        } finally {
            node.callEnds();
            if (locks) {
                node.unlock();
            }
        }
        node.checkNotLost();
    }

    /** Some answers cannot be stored, whatever is tried. */
    private void refusePoison(String name, Object @Nullable [] arguments) {
        if (!name.equals("record") || arguments == null) {
            return;
        }
        for (var each : (List<?>) arguments[0]) {
            var attempt = ((DeliveryOutcome) each).attempt();
            if (attempt != null && attempt.responseBody().equals(SimulatedEndpoints.POISON)) {
                throw StoreException.lasting("planted: cannot be stored", null);
            }
        }
    }

    @Override
    public SubscriptionStore subscriptions() {
        return subscriptions;
    }

    @Override
    public DeliveryStore deliveries() {
        return deliveries;
    }

    @Override
    public Coordination coordination() {
        return coordination;
    }

    @Override
    public Optional<DeliveryQueue> queue() {
        return queueIsStores ? Optional.of(queue) : Optional.empty();
    }

    /** The queue, where it is not the store's own. */
    @Nullable
    OutsideQueue outsideQueue() {
        return queueIsStores ? null : queue;
    }
}
