package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Loaded;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Recording what came of attempts, but for what depends on the delivery's state. */
abstract class RecordTests extends DeliveryStoreTests {
    @Test
    void anAttemptIsKeptInFull() {
        var ready = scene.leased();
        var attempt = new Attempt(
                samples.id(),
                Scene.id(ready),
                1,
                samples.now(),
                Duration.ofMillis(1_234),
                "https://example.com/hooks?a=%20b",
                7,
                AttemptOutcome.REJECTED,
                503,
                "answered 503 — \"später\"",
                List.of(new Header("Retry-After", "5"), new Header("x-odd", "\\xFF"), new Header("x-odd", "")),
                Bytes.wrap(new byte[] {0, (byte) 0xff, (byte) 0xc3, '\'', '\\', '\n'}));
        deliveries.record(List.of(DeliveryOutcome.retry(ready.lease(), ready.version(), attempt, Duration.ofHours(1))));

        assertThat(deliveries.attempts(Scene.id(ready))).containsExactly(attempt);
    }

    @Test
    void anAttemptWithoutAnAnswerIsKept() {
        var kept = new ArrayList<Attempt>();
        var ready = scene.leased();
        for (var outcome : AttemptOutcome.values()) {
            var attempt = new Attempt(
                    samples.id(),
                    Scene.id(ready),
                    kept.size() + 1,
                    samples.now(),
                    Duration.ZERO,
                    "https://example.com/",
                    1,
                    outcome,
                    null,
                    null,
                    List.of(),
                    Bytes.EMPTY);
            kept.add(attempt);
            deliveries.record(List.of(DeliveryOutcome.retry(ready.lease(), ready.version(), attempt, Duration.ZERO)));
            ready = scene.load(scene.lease(Scene.id(ready)));
        }

        assertThat(deliveries.attempts(Scene.id(ready))).isEqualTo(kept);
        assertThat(scene.find(Scene.id(ready)).attemptCount()).isEqualTo(kept.size());
    }

    @Test
    void everyReasonForGivingUpIsKept() {
        for (var reason : FailureReason.values()) {
            var ready = scene.leased();
            deliveries.record(List.of(DeliveryOutcome.failed(ready.lease(), ready.version(), null, reason)));

            var delivery = scene.find(Scene.id(ready));
            assertThat(delivery.status()).isEqualTo(DeliveryStatus.FAILED);
            assertThat(delivery.failure()).isEqualTo(reason);
            assertThat(delivery.attemptCount()).isZero();
        }
    }

    @Test
    void recordingARetryAgainChangesNothing() {
        var ready = scene.leased();
        var outcome = scene.retry(ready, Scene.minutes(5));
        deliveries.record(List.of(outcome));
        var before = scene.find(Scene.id(ready));
        scene.advance(Scene.MINUTE);
        assertThat(deliveries.record(List.of(outcome))).isEmpty();

        assertThat(scene.find(Scene.id(ready))).isEqualTo(before);
        assertThat(deliveries.attempts(Scene.id(ready))).hasSize(1);
        scene.assertDueIn(Scene.minutes(4), Scene.id(ready));
    }

    @Test
    void recordingAnEndAgainChangesNothing() {
        for (var success : List.of(true, false)) {
            var ready = scene.leased();
            var outcome = success ? scene.success(ready) : scene.failure(ready);
            deliveries.record(List.of(outcome));
            var before = scene.find(Scene.id(ready));
            scene.advance(Scene.MINUTE);
            assertThat(deliveries.record(List.of(outcome))).isEmpty();

            assertThat(scene.find(Scene.id(ready))).isEqualTo(before);
            assertThat(deliveries.attempts(Scene.id(ready))).hasSize(1);
        }
    }

    @Test
    void recordingAgainDoesNotDisturbWhoeverHoldsTheDeliveryNow() {
        var ready = scene.leased();
        var outcome = scene.retry(ready, Scene.minutes(5));
        deliveries.record(List.of(outcome));
        scene.advance(Scene.minutes(5));
        var holders = scene.load(scene.lease(Scene.id(ready)));
        deliveries.record(List.of(outcome));

        if (scene.hasQueue()) {
            assertThat(scene.claim()).isEmpty();
        }
        assertThat(deliveries.record(List.of(scene.success(holders)))).isEmpty();
        assertThat(scene.find(Scene.id(ready)).attemptCount()).isEqualTo(2);
    }

    @Test
    void recordingASuccessAgainDoesNotEndALaterRound() {
        var ready = scene.leased();
        var outcome = scene.success(ready);
        deliveries.record(List.of(outcome));
        deliveries.retry(Map.of(Scene.id(ready), Duration.ZERO));
        deliveries.record(List.of(outcome));

        assertThat(scene.find(Scene.id(ready)).status()).isEqualTo(DeliveryStatus.PENDING);
        scene.assertDueIn(Duration.ZERO, Scene.id(ready));
    }

    @Test
    void successesOfWhichSomeAreRecordedAlreadyAreRecordedOnce() {
        var before = scene.success(scene.leased());
        var twice = scene.leased();
        deliveries.record(List.of(before, scene.success(twice)));
        var known = scene.find(before.deliveryId());
        scene.advance(Scene.MINUTE);
        var fresh = scene.success(scene.leased());

        // One is told again, one was sent a second time, one is new.
        assertThat(deliveries.record(List.of(before, scene.success(twice), fresh)))
                .containsExactly(Scene.id(twice));
        assertThat(scene.find(before.deliveryId())).isEqualTo(known);
        assertThat(deliveries.attempts(before.deliveryId())).hasSize(1);
        assertThat(scene.find(Scene.id(twice)).attemptCount()).isEqualTo(2);
        assertThat(scene.find(fresh.deliveryId()).status()).isEqualTo(DeliveryStatus.SUCCEEDED);
        assertThat(deliveries.record(List.of(scene.success(twice)))).containsExactly(Scene.id(twice));
        assertThat(scene.find(Scene.id(twice)).attemptCount()).isEqualTo(3);
        assertThat(scene.find(Scene.id(twice)).completedAt()).isEqualTo(known.completedAt());
    }

    @Test
    void anOutcomeWhoseDeliveryIsNotThereIsPassedOver() {
        var absent = Loaded.Ready.appended(new Lease(samples.id(), scene.subscription, 1), samples.event());
        var ready = scene.leased();
        deliveries.record(List.of(scene.success(absent), scene.success(ready)));

        assertThat(deliveries.find(Scene.id(absent))).isEmpty();
        assertThat(scene.find(Scene.id(ready)).status()).isEqualTo(DeliveryStatus.SUCCEEDED);
    }

    @Test
    void eachOutcomeStandsAlone() {
        var late = scene.failed();
        var first = scene.leased();
        var second = scene.leased();

        assertThat(deliveries.record(
                        List.of(scene.success(first), scene.retry(late, Scene.MINUTE), scene.failure(second))))
                .containsExactly(Scene.id(late));
        assertThat(scene.find(Scene.id(first)).status()).isEqualTo(DeliveryStatus.SUCCEEDED);
        assertThat(scene.find(Scene.id(second)).status()).isEqualTo(DeliveryStatus.FAILED);
    }

    @Test
    void aThousandOutcomesAreRecordedAtOnce() {
        var ids = Stream.generate(scene::append).limit(Scene.MANY).toList();
        var outcomes = deliveries.load(scene.leases(ids), Long.MAX_VALUE).ready().stream()
                .map(scene::success)
                .toList();

        assertThat(deliveries.record(outcomes)).isEmpty();
        assertThat(ids).extracting(this::statusOf).containsOnly(DeliveryStatus.SUCCEEDED);
        assertThat(deliveries.record(List.of())).isEmpty();
    }

    private DeliveryStatus statusOf(UUID deliveryId) {
        return scene.find(deliveryId).status();
    }

    @Test
    void everyChangeRaisesTheVersion() {
        var first = scene.leased();
        deliveries.record(List.of(scene.retry(first, Duration.ZERO)));
        var second = scene.load(scene.lease(Scene.id(first)));
        deliveries.cancel(List.of(Scene.id(first)));
        deliveries.retry(Map.of(Scene.id(first), Duration.ZERO));
        var third = scene.load(scene.lease(Scene.id(first)));

        assertThat(second.version()).isGreaterThan(first.version());
        assertThat(third.version()).isGreaterThan(second.version());
    }

    @Test
    void anOutcomeIsRecordedAsOfTheStoresClock() {
        var ready = scene.leased();
        scene.advance(Scene.MINUTE.minusSeconds(30));
        deliveries.record(List.of(scene.failure(ready)));

        assertThat(scene.find(Scene.id(ready)).completedAt()).isCloseTo(samples.now(), Scene.ABOUT);
    }
}
