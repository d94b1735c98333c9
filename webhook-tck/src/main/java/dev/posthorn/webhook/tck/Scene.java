package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.posthorn.webhook.Delivery;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Loaded;
import dev.posthorn.webhook.spi.WebhookStore;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.assertj.core.data.TemporalUnitOffset;

/**
 * A fresh store with one active subscription, and the steps that tests of it are made of. A store without a queue of its
 * own is given leases that are made up here: it cannot tell them from real ones.
 */
final class Scene {
    static final Duration LEASE = Duration.ofMinutes(1);
    static final Duration MINUTE = Duration.ofMinutes(1);

    /** Tests move time by minutes, so that they hold on a clock that also runs by itself. */
    static final TemporalUnitOffset ABOUT = within(15, ChronoUnit.SECONDS);

    static final int MANY = 1_000;

    final WebhookStore store;
    final DeliveryStore deliveries;
    final Samples samples;
    /** The id of a subscription that is stored and active. */
    final UUID subscription;

    private final Consumer<Duration> advance;
    private long lastToken;

    Scene(WebhookStore store, Supplier<Instant> clock, Consumer<Duration> advance) {
        this.store = store;
        this.deliveries = store.deliveries();
        this.samples = new Samples(clock);
        this.advance = advance;
        this.subscription = newSubscription();
    }

    void advance(Duration time) {
        advance.accept(time);
    }

    UUID newSubscription() {
        var stored = samples.subscription();
        store.subscriptions().insert(stored);
        return stored.subscription().id();
    }

    boolean hasQueue() {
        return store.queue().isPresent();
    }

    /** The store's own queue; a test that asks for one is skipped where there is none. */
    DeliveryQueue queue() {
        assumeTrue(hasQueue(), "this store has no queue of its own");
        return store.queue().orElseThrow();
    }

    /** Appends an event with one delivery, due now. */
    UUID append() {
        return append(Duration.ZERO);
    }

    /** Appends an event with one delivery, due after the delay. */
    UUID append(Duration delay) {
        var ticket = samples.ticket(subscription, delay);
        deliveries.append(List.of(samples.publication(samples.event(), ticket)));
        return ticket.deliveryId();
    }

    /** Leases whatever is due. */
    List<Lease> claim() {
        return queue().claim(new ClaimRequest(MANY, LEASE, MANY, Map.of())).leases();
    }

    /** A lease on this delivery, which must be due. Where the store has a queue, it leases all else that is due, too. */
    Lease lease(UUID deliveryId) {
        return leases(List.of(deliveryId)).get(0);
    }

    /** Leases on these deliveries, in their order, as {@link #lease}. */
    List<Lease> leases(List<UUID> deliveryIds) {
        if (!hasQueue()) {
            return deliveryIds.stream()
                    .map(id -> new Lease(id, find(id).subscriptionId(), ++lastToken))
                    .toList();
        }
        var claimed = claim().stream().collect(Collectors.toMap(Lease::deliveryId, lease -> lease));
        assertThat(claimed).containsKeys(deliveryIds.toArray(UUID[]::new));
        return deliveryIds.stream().map(claimed::get).toList();
    }

    /** What a load under this lease alone finds ready. */
    Loaded.Ready load(Lease lease) {
        var loaded = deliveries.load(List.of(lease), Long.MAX_VALUE);
        assertThat(loaded.settlements()).isEmpty();
        assertThat(loaded.ready()).hasSize(1);
        return loaded.ready().get(0);
    }

    /** A leased delivery, as its holder loaded it. */
    Loaded.Ready leased() {
        return load(lease(append()));
    }

    /** A delivery that waits again because its lease ran out, as the former holder had loaded it. */
    Loaded.Ready waiting() {
        var ready = leased();
        advance(LEASE.plus(MINUTE));
        return ready;
    }

    /** A delivery that another node found to succeed, as a slower node had loaded it. */
    Loaded.Ready succeeded() {
        var ready = leased();
        deliveries.record(List.of(success(ready)));
        return ready;
    }

    /** A delivery that another node gave up, as a slower node had loaded it. */
    Loaded.Ready failed() {
        var ready = leased();
        deliveries.record(List.of(failure(ready)));
        return ready;
    }

    /** A delivery cancelled while a node held it, as that had loaded it. */
    Loaded.Ready cancelled() {
        var ready = leased();
        deliveries.cancel(List.of(id(ready)));
        return ready;
    }

    DeliveryOutcome success(Loaded.Ready ready) {
        return DeliveryOutcome.succeeded(
                ready.lease(), ready.version(), samples.succeeded(id(ready), ready.attemptCount() + 1));
    }

    DeliveryOutcome retry(Loaded.Ready ready, Duration delay) {
        return DeliveryOutcome.retry(
                ready.lease(), ready.version(), samples.rejected(id(ready), ready.attemptCount() + 1), delay);
    }

    DeliveryOutcome failure(Loaded.Ready ready) {
        return DeliveryOutcome.failed(
                ready.lease(),
                ready.version(),
                samples.rejected(id(ready), ready.attemptCount() + 1),
                FailureReason.EXHAUSTED);
    }

    Delivery find(UUID deliveryId) {
        return deliveries.find(deliveryId).orElseThrow(() -> new AssertionError("the delivery is not there"));
    }

    List<UUID> attemptIds(UUID deliveryId) {
        return deliveries.attempts(deliveryId).stream()
                .map(attempt -> attempt.id())
                .toList();
    }

    /** A waiting delivery is due after so long, and not before; moves time until then. */
    void assertDueIn(Duration delay, UUID deliveryId) {
        assertThat(find(deliveryId).nextAttemptAt()).isCloseTo(samples.now().plus(delay), ABOUT);
        if (!delay.isZero()) {
            if (hasQueue()) {
                assertThat(claim()).noneMatch(lease -> lease.deliveryId().equals(deliveryId));
            }
            advance(delay);
        }
        assertThat(load(lease(deliveryId)).lease().deliveryId()).isEqualTo(deliveryId);
    }

    /** A delivery is not sent any more, however long one waits. */
    void assertNotSent(UUID deliveryId) {
        advance(LEASE.plus(MINUTE));
        if (hasQueue()) {
            assertThat(claim()).noneMatch(lease -> lease.deliveryId().equals(deliveryId));
        }
        var lease = new Lease(deliveryId, subscription, ++lastToken);
        assertThat(deliveries.load(List.of(lease), Long.MAX_VALUE).ready()).isEmpty();
    }

    static Duration minutes(int count) {
        return Duration.ofMinutes(count);
    }

    static UUID id(Loaded.Ready ready) {
        return ready.lease().deliveryId();
    }
}
