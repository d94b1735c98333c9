package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.Loaded;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What recording makes of each state: the table in {@link dev.posthorn.webhook.spi.DeliveryStore}, cell by cell. */
abstract class RecordByStateTests extends DeliveryStoreTests {
    @Test
    void successMakesAWaitingDeliverySucceed() {
        assertSucceeds(scene.waiting());
    }

    @Test
    void successMakesALeasedDeliverySucceed() {
        assertSucceeds(scene.leased());
    }

    @Test
    void successMakesADeliverySucceedThatAnotherNodeHolds() {
        var ready = scene.waiting();
        var others = scene.load(scene.lease(Scene.id(ready)));
        assertSucceeds(ready);

        assertUnchangedBy(scene.retry(others, Scene.MINUTE));
        assertUnchangedBy(scene.failure(others));
    }

    @Test
    void successLeavesASucceededDeliveryAsItIs() {
        assertUnchangedBy(scene.success(scene.succeeded()));
    }

    @Test
    void successMakesAFailedDeliverySucceed() {
        assertSucceeds(scene.failed());
    }

    @Test
    void successMakesACancelledDeliverySucceed() {
        assertSucceeds(scene.cancelled());
    }

    @Test
    void aWaitingDeliveryIsRetriedAsRecorded() {
        assertRetries(scene.waiting());
    }

    @Test
    void aWaitingDeliveryFailsAsRecorded() {
        assertFails(scene.waiting());
    }

    @Test
    void aWaitingDeliveryIsCancelledAsRecorded() {
        assertCancels(scene.waiting());
    }

    @Test
    void aLeasedDeliveryIsRetriedAsRecorded() {
        assertRetries(scene.leased());
    }

    @Test
    void aLeasedDeliveryFailsAsRecorded() {
        assertFails(scene.leased());
    }

    @Test
    void aLeasedDeliveryIsCancelledAsRecorded() {
        assertCancels(scene.leased());
    }

    @Test
    void aChangedWaitingDeliveryKeepsItsState() {
        assertKeepsItsState(this::changedWaiting);
    }

    @Test
    void aChangedLeasedDeliveryKeepsItsState() {
        assertKeepsItsState(this::changedLeased);
    }

    @Test
    void aSucceededDeliveryKeepsItsState() {
        assertKeepsItsState(scene::succeeded);
    }

    @Test
    void aFailedDeliveryKeepsItsState() {
        assertKeepsItsState(scene::failed);
    }

    @Test
    void aCancelledDeliveryKeepsItsState() {
        assertKeepsItsState(scene::cancelled);
    }

    @Test
    void aLateOutcomeDoesNotDisturbWhoeverHoldsTheDeliveryNow() {
        var late = changedWaiting();
        scene.advance(Scene.minutes(5));
        var holders = scene.load(scene.lease(Scene.id(late)));
        assertUnchangedBy(scene.failure(late));

        assertThat(deliveries.record(List.of(scene.retry(holders, Scene.minutes(3)))))
                .isEmpty();
        scene.assertDueIn(Scene.minutes(3), Scene.id(late));
    }

    @Test
    void aLostLeaseNeitherCompletesNorReschedulesEvenIfNothingElseHasChanged() {
        scene.queue();
        var late = scene.waiting();
        var holders = scene.load(scene.lease(Scene.id(late)));
        assertThat(holders.version()).isEqualTo(late.version());
        assertUnchangedBy(scene.retry(late, Scene.minutes(30)));
        assertUnchangedBy(scene.failure(late));

        assertThat(deliveries.record(List.of(scene.retry(holders, Scene.minutes(3)))))
                .isEmpty();
        scene.assertDueIn(Scene.minutes(3), Scene.id(late));
    }

    /** A waiting delivery that another node has recorded a retry for, as a slower node had loaded it. */
    private Loaded.Ready changedWaiting() {
        var ready = scene.leased();
        deliveries.record(List.of(scene.retry(ready, Scene.minutes(5))));
        return ready;
    }

    /** The same, leased again by another node. */
    private Loaded.Ready changedLeased() {
        var ready = changedWaiting();
        scene.advance(Scene.minutes(5));
        scene.lease(Scene.id(ready));
        return ready;
    }

    private void assertSucceeds(Loaded.Ready ready) {
        int attempts = deliveries.attempts(Scene.id(ready)).size();
        var outcome = scene.success(ready);
        assertThat(deliveries.record(List.of(outcome))).isEmpty();

        assertHas(DeliveryStatus.SUCCEEDED, null, ready);
        assertThat(deliveries.attempts(Scene.id(ready))).hasSize(attempts + 1).contains(outcome.attempt());
    }

    private void assertRetries(Loaded.Ready ready) {
        var outcome = scene.retry(ready, Scene.minutes(3));
        assertThat(deliveries.record(List.of(outcome))).isEmpty();

        var delivery = scene.find(Scene.id(ready));
        assertThat(delivery.status()).isEqualTo(DeliveryStatus.PENDING);
        assertThat(delivery.completedAt()).isNull();
        assertThat(delivery.attemptCount()).isEqualTo(1);
        assertThat(deliveries.attempts(Scene.id(ready))).containsExactly(outcome.attempt());
        scene.assertDueIn(Scene.minutes(3), Scene.id(ready));
    }

    private void assertFails(Loaded.Ready ready) {
        var outcome = scene.failure(ready);
        assertThat(deliveries.record(List.of(outcome))).isEmpty();

        assertHas(DeliveryStatus.FAILED, FailureReason.EXHAUSTED, ready);
        assertThat(deliveries.attempts(Scene.id(ready))).containsExactly(outcome.attempt());
    }

    private void assertCancels(Loaded.Ready ready) {
        assertThat(deliveries.record(List.of(DeliveryOutcome.cancelled(ready.lease(), ready.version()))))
                .isEmpty();

        assertHas(DeliveryStatus.CANCELLED, null, ready);
        assertThat(deliveries.attempts(Scene.id(ready))).isEmpty();
    }

    private void assertHas(DeliveryStatus status, @Nullable FailureReason failure, Loaded.Ready ready) {
        var delivery = scene.find(Scene.id(ready));
        assertThat(delivery.status()).isEqualTo(status);
        assertThat(delivery.failure()).isEqualTo(failure);
        assertThat(delivery.nextAttemptAt()).isNull();
        assertThat(delivery.completedAt()).isCloseTo(samples.now(), Scene.ABOUT);
        scene.assertNotSent(Scene.id(ready));
    }

    private void assertKeepsItsState(Supplier<Loaded.Ready> changed) {
        assertUnchangedBy(scene.retry(changed.get(), Scene.MINUTE));
        assertUnchangedBy(scene.failure(changed.get()));
        var ready = changed.get();
        assertUnchangedBy(DeliveryOutcome.cancelled(ready.lease(), ready.version()));
        assertUnchangedBy(DeliveryOutcome.failed(ready.lease(), ready.version(), null, FailureReason.EXPIRED));
    }

    /** The outcome is refused, but its attempt is logged. */
    private void assertUnchangedBy(DeliveryOutcome outcome) {
        var before = scene.find(outcome.deliveryId());
        assertThat(deliveries.record(List.of(outcome))).containsExactly(outcome.deliveryId());

        // An attempt that is logged may count, whatever became of its result.
        assertThat(scene.find(outcome.deliveryId()))
                .usingRecursiveComparison()
                .ignoringFields("attemptCount")
                .isEqualTo(before);
        if (outcome.attempt() != null) {
            assertThat(deliveries.attempts(outcome.deliveryId())).contains(outcome.attempt());
        }
    }
}
