package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Delivery;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.SubscriptionSettings;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.tck.MovableClock;
import dev.posthorn.webhook.tck.ReceivedRequest;
import dev.posthorn.webhook.tck.RecordingReceiver;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.assertj.core.api.Assumptions;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;

/** What a test plays on: a clock, a store that keeps its time, a receiver, and nodes, all of which end with it. */
final class Stage implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final Duration HANGS_AFTER = Duration.ofMillis(200);
    private static final Duration WAITS_AFTER = Duration.ofMillis(30);

    final MovableClock clock = new MovableClock();
    final RecordingReceiver receiver = RecordingReceiver.start();
    final InMemoryWebhookStore store;
    final DeliveryQueue queue;
    /** The same, if it is outside. */
    final LosableQueue losableQueue;

    private final QueueKind kind;
    private final List<WebhookDispatcher> nodes = new ArrayList<>();
    private final List<WebhookDispatcher> running = new ArrayList<>();
    private final List<Trouble> troubles = new ArrayList<>();
    private final List<WebhookDispatcher> crashed = new ArrayList<>();
    private final AtomicInteger events = new AtomicInteger();

    Stage() {
        this(QueueKind.OWN);
    }

    Stage(QueueKind kind) {
        this.kind = kind;
        store = kind == QueueKind.OWN ? InMemoryWebhookStore.create(clock) : InMemoryWebhookStore.withoutQueue(clock);
        losableQueue = new LosableQueue(clock);
        queue = store.queue().orElse(losableQueue);
    }

    /** Passes over what only a queue that takes part in the host's transaction can promise. */
    void assumeStoresQueue() {
        Assumptions.assumeThat(kind).isEqualTo(QueueKind.OWN);
    }

    /** A node that is not started. */
    WebhookDispatcher build() {
        return build(new Trouble());
    }

    WebhookDispatcher build(Trouble trouble) {
        return build(trouble, settings -> settings);
    }

    WebhookDispatcher build(Trouble trouble, UnaryOperator<WebhookDispatcher.Builder> settings) {
        var builder = WebhookDispatcher.builder(new FaultyStore(store, trouble))
                .time(clock)
                .transport(loopback());
        if (kind == QueueKind.OUTSIDE) {
            builder.queue(new FaultyQueue(losableQueue, trouble));
        }
        var node = settings.apply(builder).build();
        nodes.add(node);
        troubles.add(trouble);
        return node;
    }

    /** A node that runs and is at rest. */
    WebhookDispatcher start() {
        return start(new Trouble());
    }

    WebhookDispatcher start(Trouble trouble) {
        return start(trouble, settings -> settings);
    }

    WebhookDispatcher start(UnaryOperator<WebhookDispatcher.Builder> settings) {
        return start(new Trouble(), settings);
    }

    WebhookDispatcher start(Trouble trouble, UnaryOperator<WebhookDispatcher.Builder> settings) {
        return start(build(trouble, settings));
    }

    WebhookDispatcher start(WebhookDispatcher node) {
        node.start();
        running.add(node);
        awaitParked();
        return node;
    }

    /** Closes a node before the stage ends. */
    void stop(WebhookDispatcher node, Duration grace) {
        running.remove(node);
        node.close(grace);
    }

    /** From now on nothing reaches store and queue from this node, which is as if it had died. */
    void crash(WebhookDispatcher node) {
        troubles.get(nodes.indexOf(node)).failAll();
        crashed.add(node);
    }

    /** The real transport, which may call this machine. */
    static WebhookTransport loopback() {
        return SocketTransport.builder()
                .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                .build();
    }

    /** A subscription of this path of the receiver's to everything. */
    UUID subscribe(WebhookDispatcher node, String path) {
        return subscribe(node, path, settings -> settings);
    }

    UUID subscribe(WebhookDispatcher node, String path, UnaryOperator<SubscriptionSettings> settings) {
        return node.subscriptions()
                .create(NewSubscription.to(receiver.url(path)).with(settings))
                .subscription()
                .id();
    }

    /** Changes a subscription's settings. */
    static void change(WebhookDispatcher node, UUID subscriptionId, UnaryOperator<SubscriptionSettings> change) {
        var before = node.subscriptions().get(subscriptionId).orElseThrow();
        node.subscriptions().update(subscriptionId, before.version(), change.apply(before.settings()));
    }

    /** An event unlike any other. */
    WebhookEvent event() {
        return WebhookEvent.of(
                "order.created", "application/json", Bytes.utf8("{\"order\":" + events.incrementAndGet() + "}"));
    }

    /** Publishes an event to one subscription, and tells the delivery's id. */
    UUID publishTo(WebhookDispatcher node, UUID subscriptionId) {
        return node.publishTo(subscriptionId, event()).deliveryIds().get(0);
    }

    /** Publishes many events to one subscription, and tells the deliveries' ids. */
    List<UUID> publishTo(WebhookDispatcher node, UUID subscriptionId, int count) {
        var ids = new ArrayList<UUID>();
        for (int i = 0; i < count; i++) {
            ids.add(publishTo(node, subscriptionId));
        }
        return ids;
    }

    /** The delivery as it is now. */
    Delivery delivery(UUID id) {
        return store.deliveries().find(id).orElseThrow();
    }

    /** The delivery's attempts so far. */
    List<Attempt> attempts(UUID deliveryId) {
        return store.deliveries().attempts(deliveryId);
    }

    /** Waits until the delivery has this status. */
    Delivery awaitStatus(UUID deliveryId, DeliveryStatus status) {
        eventually(() -> assertThat(delivery(deliveryId).status()).isEqualTo(status));
        return delivery(deliveryId);
    }

    /** Waits until so many attempts at the delivery have been recorded. */
    List<Attempt> awaitAttempts(UUID deliveryId, int count) {
        eventually(() -> assertThat(attempts(deliveryId)).hasSize(count));
        return attempts(deliveryId);
    }

    /** The requests that were made for a delivery so far. */
    List<ReceivedRequest> requestsFor(UUID deliveryId) {
        var eventId = delivery(deliveryId).eventId().toString();
        return receiver.requests().stream()
                .filter(request -> request.header("webhook-id").orElseThrow().equals(eventId))
                .toList();
    }

    /** The deliveries that requests to this path were made for, in the order of arrival. */
    List<UUID> arrivals(List<UUID> deliveries, String path) {
        var byEvent = new HashMap<String, UUID>();
        deliveries.forEach(id -> byEvent.put(delivery(id).eventId().toString(), id));
        return receiver.requests(path).stream()
                .map(request -> byEvent.get(request.header("webhook-id").orElseThrow()))
                .toList();
    }

    /** One part of a node's health. */
    static Health.Part part(WebhookDispatcher node, String name) {
        return node.health().parts().stream()
                .filter(part -> part.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Lets time pass between two rests of all nodes. */
    void pass(Duration time) {
        rest();
        clock.advance(time);
        rest();
    }

    /** Waits until the nodes hold no delivery and have nothing to do before time passes. */
    void rest() {
        awaitParked();
        running.forEach(node -> eventually(
                () -> assertThat(part(node, "dispatcher").detail()).matches("(paused, )?0 in flight, 0 held")));
        awaitParked();
    }

    /** Lets time pass once every thread waits for it: one that is still on its way would count from afterwards. */
    void advance(Duration time) {
        awaitParked();
        clock.advance(time);
    }

    /**
     * Lets time pass in steps, after each of which the nodes' threads do what they then can, until they wait again, and
     * attempts end, unless they hang.
     */
    void elapse(Duration time, Duration step) {
        for (var left = time; left.compareTo(Duration.ZERO) > 0; left = left.minus(step)) {
            awaitParked();
            awaitAttempts();
            clock.advance(step);
        }
        awaitParked();
        awaitAttempts();
    }

    /** As {@link #elapse}, where something hangs or cannot be recorded on purpose: there is no waiting for that. */
    void elapseMeanwhile(Duration time, Duration step) {
        for (var left = time; left.compareTo(Duration.ZERO) > 0; left = left.minus(step)) {
            awaitParked();
            clock.advance(step);
        }
        awaitParked();
    }

    /**
     * Attempts, and deliveries on their way to one, take real time. What has not ended after so much of it hangs or
     * waits, as some tests want it to.
     */
    private void awaitAttempts() {
        awaitDetail(detail -> detail.endsWith(" 0 held"), WAITS_AFTER);
        awaitDetail(detail -> detail.matches("(paused, )?0 in flight.*"), HANGS_AFTER);
        awaitParked();
    }

    private void awaitDetail(Predicate<String> detail, Duration patience) {
        long giveUp = System.nanoTime() + patience.toNanos();
        while (System.nanoTime() - giveUp < 0
                && !running.stream()
                        .filter(node -> !crashed.contains(node))
                        .allMatch(node -> detail.test(part(node, "dispatcher").detail()))) {
            LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
        }
    }

    /** Waits until every thread of the nodes that run is parked. */
    void awaitParked() {
        clock.awaitParked(running.stream().mapToInt(Stage::threads).sum());
    }

    private static int threads(WebhookDispatcher node) {
        return (int) node.health().parts().stream()
                .filter(part -> part.name().startsWith("thread."))
                .count();
    }

    /** Waits until the assertion holds. */
    static void eventually(ThrowingRunnable assertion) {
        Awaitility.await()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .atMost(RecordingReceiver.PATIENCE)
                .untilAsserted(assertion);
    }

    @Override
    public void close() {
        troubles.forEach(Trouble::healAll);
        // Ends every answer still held back, and with it the attempt that waits for it.
        receiver.close();
        // Whatever backs off tries again.
        clock.advance(Duration.ofMinutes(1));
        nodes.forEach(node -> node.close(GRACE));
    }
}
