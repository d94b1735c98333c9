package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Finding what has grown old, and giving it up. */
abstract class ExpiryTests extends DeliveryStoreTests {
    private static final Duration HOUR = Duration.ofHours(1);

    @Test
    void whatWasFirstDueLongAgoIsAged() {
        var old = scene.append();
        var later = scene.append(HOUR);
        scene.advance(HOUR.multipliedBy(2));
        var fresh = scene.append();

        assertThat(aged(HOUR.plus(Scene.MINUTE))).containsExactly(old);
        assertThat(aged(HOUR.minus(Scene.MINUTE))).containsExactly(old, later);
        assertThat(aged(Duration.ZERO)).containsExactly(old, later, fresh);
        assertThat(aged(HOUR.multipliedBy(3))).isEmpty();
        assertThat(deliveries.aged(Duration.ZERO, null, 100).items())
                .extracting(Ticket::subscriptionId)
                .containsOnly(scene.subscription);
    }

    @Test
    void ageCountsFromTheFirstDueTimeAndNotFromTheNextAttempt() {
        var ready = scene.leased();
        scene.advance(HOUR);
        deliveries.record(List.of(scene.retry(scene.load(scene.lease(Scene.id(ready))), HOUR)));

        assertThat(aged(HOUR)).containsExactly(Scene.id(ready));
        assertThat(expire(Scene.id(ready), HOUR)).isTrue();
    }

    @Test
    void aRetryByHandBeginsItAnew() {
        var id = Scene.id(scene.failed());
        scene.advance(HOUR);
        deliveries.retry(Map.of(id, Duration.ZERO));
        assertThat(aged(Scene.MINUTE)).isEmpty();
        assertThat(expire(id, Scene.MINUTE)).isFalse();

        scene.advance(HOUR);
        assertThat(aged(HOUR)).containsExactly(id);
    }

    @Test
    void whatHasEndedIsNotAged() {
        scene.succeeded();
        scene.failed();
        scene.cancelled();
        scene.advance(HOUR);

        assertThat(aged(Duration.ZERO)).isEmpty();
    }

    @Test
    void onlyDeliveriesOfActiveSubscriptionsAreAged() {
        var subscriptions = scene.store.subscriptions();
        var disabled = samples.subscription();
        var paused = samples.subscription();
        var deleted = samples.subscription();
        var resumed = samples.subscription();
        for (var stored : List.of(disabled, paused, deleted, resumed)) {
            subscriptions.insert(stored);
            var ticket = samples.ticket(stored.subscription().id());
            deliveries.append(List.of(samples.publication(samples.event(), ticket)));
        }
        subscriptions.update(samples.disabled(disabled));
        subscriptions.update(samples.paused(paused));
        subscriptions.update(samples.paused(resumed));
        subscriptions.update(samples.enabled(samples.paused(resumed)));
        subscriptions.delete(deleted.subscription().id());
        scene.advance(HOUR);

        assertThat(deliveries.aged(Scene.MINUTE, null, 100).items())
                .extracting(Ticket::subscriptionId)
                .containsExactly(resumed.subscription().id());
    }

    @Test
    void agedDeliveriesAreFoundInChunksByTheirIds() {
        var other = scene.newSubscription();
        var ids = new ArrayList<UUID>();
        for (int i = 0; i < 7; i++) {
            var ticket = samples.ticket(i % 2 == 0 ? scene.subscription : other);
            deliveries.append(List.of(samples.publication(samples.event(), ticket)));
            ids.add(ticket.deliveryId());
        }
        scene.advance(HOUR);

        var found = new ArrayList<UUID>();
        String after = null;
        do {
            var page = deliveries.aged(Scene.MINUTE, after, 3);
            assertThat(page.items()).hasSizeLessThanOrEqualTo(3);
            page.items().forEach(ticket -> found.add(ticket.deliveryId()));
            after = page.next();
        } while (after != null && found.size() < Scene.MANY);
        assertThat(found).containsExactlyElementsOf(ids);
    }

    @Test
    void whatIsNotAgedDoesNotHideWhatIs() {
        var disabled = samples.subscription();
        scene.store.subscriptions().insert(disabled);
        for (int i = 0; i < 5; i++) {
            deliveries.append(List.of(samples.publication(
                    samples.event(), samples.ticket(disabled.subscription().id()))));
        }
        scene.store.subscriptions().update(samples.disabled(disabled));
        scene.append(HOUR.multipliedBy(3));
        var old = scene.append();
        scene.advance(HOUR);

        var page = deliveries.aged(Scene.MINUTE, null, 2);
        for (int pages = 0; page.items().isEmpty() && pages < 10; pages++) {
            page = deliveries.aged(Scene.MINUTE, page.next(), 2);
        }
        assertThat(page.items()).extracting(Ticket::deliveryId).containsExactly(old);
    }

    @Test
    void whatIsOldEnoughFails() {
        var id = scene.append();
        scene.advance(HOUR);
        assertThat(expire(id, HOUR.plus(Scene.MINUTE))).isFalse();
        assertThat(scene.find(id).status()).isEqualTo(DeliveryStatus.PENDING);

        assertThat(expire(id, HOUR)).isTrue();
        var failed = scene.find(id);
        assertThat(failed.status()).isEqualTo(DeliveryStatus.FAILED);
        assertThat(failed.failure()).isEqualTo(FailureReason.EXPIRED);
        assertThat(failed.nextAttemptAt()).isNull();
        assertThat(failed.completedAt()).isCloseTo(samples.now(), Scene.ABOUT);
        scene.assertNotSent(id);
        assertThat(expire(id, HOUR)).isFalse();
    }

    @Test
    void eachIsJudgedByItsOwnAge() {
        var ended = Scene.id(scene.succeeded());
        var ids = Stream.generate(scene::append).limit(3).toList();
        scene.advance(HOUR);

        assertThat(deliveries.expire(Map.of(
                        ids.get(0),
                        Scene.MINUTE,
                        ids.get(1),
                        HOUR.multipliedBy(2),
                        ids.get(2),
                        HOUR,
                        ended,
                        Duration.ZERO,
                        samples.id(),
                        Duration.ZERO)))
                .containsExactlyInAnyOrder(ids.get(0), ids.get(2));
        assertThat(scene.find(ended).status()).isEqualTo(DeliveryStatus.SUCCEEDED);
        assertThat(deliveries.expire(Map.of())).isEmpty();
    }

    @Test
    void whatANodeHoldsIsLeftToIt() {
        assumeTrue(scene.hasQueue(), "who holds what is known to the queue");
        var ready = scene.leased();
        assertThat(expire(Scene.id(ready), Duration.ZERO)).isFalse();

        assertThat(deliveries.record(List.of(scene.retry(ready, Scene.MINUTE)))).isEmpty();
        assertThat(expire(Scene.id(ready), Duration.ZERO)).isTrue();
    }

    @Test
    void whatANodeHeldAndLetRunOutFails() {
        var ready = scene.waiting();
        assertThat(expire(Scene.id(ready), Duration.ZERO)).isTrue();

        assertThat(deliveries.record(List.of(scene.retry(ready, Scene.MINUTE)))).containsExactly(Scene.id(ready));
        assertThat(scene.find(Scene.id(ready)).failure()).isEqualTo(FailureReason.EXPIRED);
        // A success is a fact.
        deliveries.record(List.of(scene.success(ready)));
        assertThat(scene.find(Scene.id(ready)).status()).isEqualTo(DeliveryStatus.SUCCEEDED);
    }

    private List<UUID> aged(Duration firstDueAgo) {
        return deliveries.aged(firstDueAgo, null, 100).items().stream()
                .map(Ticket::deliveryId)
                .toList();
    }

    private boolean expire(UUID id, Duration age) {
        return deliveries.expire(Map.of(id, age)).contains(id);
    }
}
