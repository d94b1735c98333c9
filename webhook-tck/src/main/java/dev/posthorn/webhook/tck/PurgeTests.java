package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Delivery;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.DeliveryStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Purging what is past its retention. */
abstract class PurgeTests extends DeliveryStoreTests {
    private static final Duration RETENTION = Duration.ofDays(7);

    @Test
    void whatEndedLongAgoIsRemoved() {
        var ids = List.of(Scene.id(scene.succeeded()), Scene.id(scene.failed()), Scene.id(scene.cancelled()));
        var events = ids.stream().map(id -> scene.find(id).eventId()).toList();
        scene.advance(RETENTION.plusHours(1));
        purgeAll();

        assertThat(ids).allSatisfy(this::assertGone);
        assertThat(events).allSatisfy(id -> assertThat(deliveries.findEvent(id)).isEmpty());
        assertThat(deliveries.list(DeliveryQuery.all()).items()).isEmpty();
    }

    @Test
    void whatEndedWithinTheRetentionStays() {
        var id = Scene.id(scene.succeeded());
        var delivery = scene.find(id);
        scene.advance(RETENTION.minusHours(1));
        purgeAll();

        assertThat(scene.find(id)).isEqualTo(delivery);
        assertThat(deliveries.attempts(id)).hasSize(1);
        assertThat(deliveries.findEvent(delivery.eventId())).isPresent();
    }

    @Test
    void theRetentionCountsFromADeliverysEnd() {
        var ready = scene.leased();
        deliveries.record(List.of(scene.retry(ready, RETENTION)));
        scene.advance(RETENTION);
        deliveries.record(List.of(scene.success(scene.load(scene.lease(Scene.id(ready))))));
        scene.advance(Duration.ofDays(1));
        purgeAll();

        assertThat(scene.find(Scene.id(ready)).status()).isEqualTo(DeliveryStatus.SUCCEEDED);
        assertThat(deliveries.attempts(Scene.id(ready))).hasSize(2);
        assertThat(deliveries.findEvent(ready.event().id())).isPresent();
    }

    @Test
    void whatIsPendingStaysHoweverOld() {
        var ready = scene.leased();
        deliveries.record(List.of(scene.retry(ready, Scene.MINUTE)));
        scene.advance(RETENTION.multipliedBy(10));
        purgeAll();

        assertThat(scene.find(Scene.id(ready)).status()).isEqualTo(DeliveryStatus.PENDING);
        assertThat(deliveries.attempts(Scene.id(ready))).hasSize(1);
        assertThat(scene.load(scene.lease(Scene.id(ready))).event()).isEqualTo(ready.event());
    }

    @Test
    void whatIsPendingAgainStays() {
        var id = Scene.id(scene.failed());
        scene.advance(RETENTION.plusHours(1));
        deliveries.retry(Map.of(id, Duration.ZERO));
        purgeAll();

        assertThat(scene.find(id).status()).isEqualTo(DeliveryStatus.PENDING);
        scene.assertDueIn(Duration.ZERO, id);
    }

    @Test
    void anEventStaysAsLongAsOneOfItsDeliveries() {
        var ended = samples.ticket(scene.subscription);
        var waiting = samples.ticket(scene.subscription, RETENTION);
        var event = samples.event();
        deliveries.append(List.of(samples.publication(event, ended, waiting)));
        deliveries.cancel(List.of(ended.deliveryId()));
        scene.advance(RETENTION.plusHours(1));
        purgeAll();

        assertGone(ended.deliveryId());
        assertThat(deliveries.findEvent(event.id())).contains(event);
        assertThat(scene.load(scene.lease(waiting.deliveryId())).event()).isEqualTo(event);
    }

    @Test
    void anEventThatNobodyWantedIsRemovedByItsAge() {
        var old = samples.event();
        deliveries.append(List.of(samples.publication(old)));
        scene.advance(RETENTION.plusHours(1));
        var fresh = samples.event();
        deliveries.append(List.of(samples.publication(fresh)));
        purgeAll();

        assertThat(deliveries.findEvent(old.id())).isEmpty();
        assertThat(deliveries.findEvent(fresh.id())).isPresent();
    }

    @Test
    void aKeyCanBeUsedAgainOnceItsEventIsRemoved() {
        var first = samples.keyed("key", "content", samples.publication(samples.event()));
        deliveries.append(List.of(first));
        scene.advance(RETENTION.plusHours(1));
        purgeAll();

        var second = samples.keyed("key", "other", samples.publication(samples.event()));
        assertThat(deliveries.append(List.of(second)).get(0).receipt().duplicate())
                .isFalse();
        assertThat(deliveries.findEvent(second.event().id())).isPresent();
    }

    @Test
    void aKeyStaysAsLongAsItsEvent() {
        var ticket = samples.ticket(scene.subscription);
        var first = samples.keyed("key", "content", samples.publication(samples.event(), ticket));
        deliveries.append(List.of(first));
        scene.advance(RETENTION.plusHours(1));
        purgeAll();

        var second = samples.keyed("key", "content", samples.publication(samples.event()));
        assertThat(deliveries.append(List.of(second)).get(0).receipt().duplicate())
                .isTrue();
    }

    @Test
    void noMoreThanTheLimitIsRemovedAtOnceAndNoneOfTheRestIsShown() {
        var old = Stream.generate(() -> Scene.id(scene.succeeded())).limit(5).toList();
        scene.advance(RETENTION.plusHours(1));
        var fresh = Scene.id(scene.succeeded());

        // A store that removes whole days at once may wait for the day to be over.
        assertThat(deliveries.purge(RETENTION, 2)).isBetween(0, 2);
        assertThat(old).allSatisfy(this::assertGone);
        assertThat(deliveries.list(DeliveryQuery.all()).items())
                .extracting(Delivery::id)
                .containsExactly(fresh);
        purgeAll();
        assertThat(scene.find(fresh).status()).isEqualTo(DeliveryStatus.SUCCEEDED);
    }

    private void purgeAll() {
        int rounds = 0;
        while (deliveries.purge(RETENTION, 3) >= 3) {
            assertThat(++rounds).as("purges of a few deliveries").isLessThan(100);
        }
    }

    private void assertGone(UUID deliveryId) {
        assertThat(deliveries.find(deliveryId)).isEmpty();
        assertThat(deliveries.attempts(deliveryId)).isEmpty();
    }
}
