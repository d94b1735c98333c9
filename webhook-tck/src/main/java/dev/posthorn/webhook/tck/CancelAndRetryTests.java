package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.spi.Loaded;
import dev.posthorn.webhook.spi.Retried;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Cancelling and retrying, by the table in {@link dev.posthorn.webhook.spi.DeliveryStore}. */
abstract class CancelAndRetryTests extends DeliveryStoreTests {
    @Test
    void aWaitingDeliveryCanBeCancelled() {
        assertCancels(scene.append(Scene.minutes(10)));
        assertCancels(Scene.id(scene.waiting()));
    }

    @Test
    void aLeasedDeliveryCanBeCancelled() {
        var ready = scene.leased();
        assertCancels(Scene.id(ready));

        assertThat(deliveries.record(List.of(scene.retry(ready, Scene.MINUTE)))).containsExactly(Scene.id(ready));
        assertThat(scene.find(Scene.id(ready)).status()).isEqualTo(DeliveryStatus.CANCELLED);
    }

    @Test
    void aSucceededDeliveryCannotBeCancelled() {
        assertNotCancelled(scene.succeeded());
    }

    @Test
    void aFailedDeliveryCannotBeCancelled() {
        assertNotCancelled(scene.failed());
    }

    @Test
    void aCancelledDeliveryIsNotCancelledAgain() {
        assertNotCancelled(scene.cancelled());
    }

    @Test
    void manyAreCancelledAtOnceAndWhatIsNotThereDoesNotMatter() {
        var first = scene.append();
        var second = scene.append();
        var ended = Scene.id(scene.succeeded());

        assertThat(deliveries.cancel(List.of(samples.id(), first, ended, second)))
                .containsExactlyInAnyOrder(first, second);
        assertThat(deliveries.cancel(List.of())).isEmpty();
    }

    @Test
    void aSubscriptionsPendingDeliveriesAreCancelledInChunks() {
        var waiting = Stream.generate(scene::append).limit(5).collect(Collectors.toSet());
        var ended = Scene.id(scene.succeeded());
        var others = samples.ticket(scene.newSubscription());
        deliveries.append(List.of(samples.publication(samples.event(), others)));

        var cancelled = new HashSet<UUID>();
        assertThat(deliveries.cancelPending(scene.subscription, 2)).hasSize(2).allSatisfy(cancelled::add);
        assertThat(deliveries.cancelPending(scene.subscription, 2)).hasSize(2).allSatisfy(cancelled::add);
        assertThat(deliveries.cancelPending(scene.subscription, 2)).hasSize(1).allSatisfy(cancelled::add);
        assertThat(deliveries.cancelPending(scene.subscription, 2)).isEmpty();

        assertThat(cancelled).isEqualTo(waiting);
        assertThat(waiting).allSatisfy(id -> assertHas(DeliveryStatus.CANCELLED, id));
        assertHas(DeliveryStatus.SUCCEEDED, ended);
        assertHas(DeliveryStatus.PENDING, others.deliveryId());
    }

    @Test
    void retryMakesAWaitingDeliveryDueSooner() {
        var id = scene.append(Scene.minutes(10));
        var retried = deliveries.retry(Map.of(id, Scene.minutes(3)));

        assertRetried(id, Scene.minutes(3), retried);
        scene.assertDueIn(Scene.minutes(3), id);
    }

    @Test
    void retryDoesNotMakeAWaitingDeliveryDueLater() {
        var id = scene.append(Scene.minutes(3));
        var retried = deliveries.retry(Map.of(id, Scene.minutes(10)));

        assertRetried(id, Scene.minutes(3), retried);
        scene.assertDueIn(Scene.minutes(3), id);
    }

    @Test
    void retryOfALeasedDeliveryIsRefused() {
        scene.queue();
        var ready = scene.leased();
        var before = scene.find(Scene.id(ready));

        assertThat(deliveries.retry(Map.of(Scene.id(ready), Duration.ZERO)))
                .isEqualTo(new Retried(List.of(), Set.of(Scene.id(ready))));
        assertThat(scene.find(Scene.id(ready))).isEqualTo(before);
        assertThat(deliveries.record(List.of(scene.retry(ready, Scene.MINUTE)))).isEmpty();
    }

    @Test
    void aStoreWithoutAQueueLeavesItToTheQueueWhatIsLeased() {
        assumeFalse(scene.hasQueue(), "this store has a queue of its own");
        var ready = scene.leased();

        assertRetried(Scene.id(ready), Duration.ZERO, deliveries.retry(Map.of(Scene.id(ready), Duration.ZERO)));
    }

    @Test
    void aDeliveryWhoseLeaseRanOutCanBeRetried() {
        var ready = scene.waiting();

        assertRetried(Scene.id(ready), Duration.ZERO, deliveries.retry(Map.of(Scene.id(ready), Duration.ZERO)));
        assertThat(scene.load(scene.lease(Scene.id(ready))).attemptCount()).isZero();
    }

    @Test
    void retryMakesASucceededDeliveryWait() {
        assertWaitsAgain(scene.succeeded(), 1);
    }

    @Test
    void retryMakesAFailedDeliveryWait() {
        assertWaitsAgain(scene.failed(), 1);
    }

    @Test
    void retryMakesACancelledDeliveryWait() {
        assertWaitsAgain(scene.cancelled(), 0);
    }

    @Test
    void aRetriedDeliveryBeginsANewRound() {
        var first = scene.failed();
        deliveries.retry(Map.of(Scene.id(first), Scene.minutes(2)));
        scene.advance(Scene.minutes(5));
        var second = scene.load(scene.lease(Scene.id(first)));

        assertThat(second.attemptCount()).isEqualTo(1);
        assertThat(second.attemptsThisRound()).isZero();
        assertThat(second.sinceFirstDue()).isBetween(Scene.minutes(3).minusSeconds(1), Scene.minutes(4));

        deliveries.record(List.of(scene.retry(second, Scene.minutes(2))));
        scene.advance(Scene.minutes(2));
        var third = scene.load(scene.lease(Scene.id(first)));
        assertThat(third.attemptCount()).isEqualTo(2);
        assertThat(third.attemptsThisRound()).isEqualTo(1);
        assertThat(third.sinceFirstDue()).isBetween(Scene.minutes(5).minusSeconds(1), Scene.minutes(6));
    }

    @Test
    void manyAreRetriedAtOnceAndWhatIsNotThereIsNotNamed() {
        var first = Scene.id(scene.failed());
        var second = Scene.id(scene.cancelled());

        var retried =
                deliveries.retry(Map.of(first, Duration.ZERO, samples.id(), Duration.ZERO, second, Scene.minutes(3)));
        assertThat(retried.tickets()).extracting(Ticket::deliveryId).containsExactlyInAnyOrder(first, second);
        assertThat(retried.leased()).isEmpty();
        assertThat(deliveries.retry(Map.of())).isEqualTo(new Retried(List.of(), Set.of()));
    }

    private void assertCancels(UUID id) {
        assertThat(deliveries.cancel(List.of(id))).containsExactly(id);
        assertHas(DeliveryStatus.CANCELLED, id);
        assertThat(scene.find(id).nextAttemptAt()).isNull();
        assertThat(scene.find(id).completedAt()).isCloseTo(samples.now(), Scene.ABOUT);
        scene.assertNotSent(id);
    }

    private void assertNotCancelled(Loaded.Ready ended) {
        var before = scene.find(Scene.id(ended));
        assertThat(deliveries.cancel(List.of(Scene.id(ended)))).isEmpty();
        assertThat(scene.find(Scene.id(ended))).isEqualTo(before);
    }

    private void assertWaitsAgain(Loaded.Ready ended, int attempts) {
        var id = Scene.id(ended);
        assertRetried(id, Scene.minutes(3), deliveries.retry(Map.of(id, Scene.minutes(3))));

        var delivery = scene.find(id);
        assertThat(delivery.status()).isEqualTo(DeliveryStatus.PENDING);
        assertThat(delivery.failure()).isNull();
        assertThat(delivery.completedAt()).isNull();
        assertThat(delivery.attemptCount()).isEqualTo(attempts);
        assertThat(deliveries.attempts(id)).hasSize(attempts);
        scene.assertDueIn(Scene.minutes(3), id);
    }

    private void assertRetried(UUID id, Duration delay, Retried retried) {
        assertThat(retried.leased()).isEmpty();
        assertThat(retried.tickets()).singleElement().satisfies(ticket -> {
            assertThat(ticket.deliveryId()).isEqualTo(id);
            assertThat(ticket.subscriptionId()).isEqualTo(scene.subscription);
            assertThat(ticket.lease()).isNull();
            assertThat(ticket.delay()).isBetween(minusSome(delay), delay);
        });
    }

    /** Some of a delay may have passed on a clock that runs by itself. */
    private static Duration minusSome(Duration delay) {
        return delay.isZero() ? delay : delay.minusSeconds(15);
    }

    private void assertHas(DeliveryStatus status, UUID id) {
        assertThat(scene.find(id).status()).isEqualTo(status);
    }
}
