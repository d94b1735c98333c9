package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Finding what waits: for one subscription, and overdue. */
abstract class WaitingTests extends DeliveryStoreTests {
    @Test
    void aSubscriptionsPendingDeliveriesAreFound() {
        var due = scene.append();
        var later = scene.append(Scene.minutes(10));
        scene.succeeded();
        scene.failed();
        scene.cancelled();
        var others = samples.ticket(scene.newSubscription());
        deliveries.append(List.of(samples.publication(samples.event(), others)));

        assertThat(deliveries.pending(scene.subscription, null, 100))
                .extracting(Ticket::deliveryId)
                .containsExactly(due, later);
    }

    @Test
    void aPendingDeliveryComesWithTheRestOfItsDelay() {
        scene.append(Scene.minutes(10));
        scene.append(Scene.minutes(2));
        scene.advance(Scene.minutes(4));

        var tickets = deliveries.pending(scene.subscription, null, 100);
        assertThat(tickets).extracting(Ticket::subscriptionId).containsOnly(scene.subscription);
        assertThat(tickets).extracting(Ticket::lease).containsOnlyNulls();
        assertThat(tickets.get(0).delay()).isBetween(Scene.minutes(5), Scene.minutes(6));
        assertThat(tickets.get(1).delay()).isZero();
    }

    @Test
    void pendingDeliveriesAreFoundInChunksByTheirIds() {
        var ids = Stream.generate(scene::append).limit(7).toList();

        assertThat(chunks(after -> deliveries.pending(scene.subscription, after, 3)))
                .containsExactlyElementsOf(ids);
        assertThat(deliveries.pending(scene.subscription, ids.get(1), 2))
                .extracting(Ticket::deliveryId)
                .containsExactly(ids.get(2), ids.get(3));
    }

    @Test
    void whatHasLongBeenDueIsOverdue() {
        var old = scene.append();
        var later = scene.append(Scene.minutes(10));
        scene.advance(Scene.minutes(5));
        var fresh = scene.append();

        assertThat(overdue(Scene.minutes(4))).containsExactly(old);
        assertThat(overdue(Scene.minutes(6))).isEmpty();
        assertThat(overdue(Duration.ZERO)).containsExactly(old, fresh);
        assertThat(overdue(Scene.minutes(4).negated())).containsExactly(old, fresh);
        assertThat(overdue(Scene.minutes(6).negated())).containsExactly(old, later, fresh);
        assertThat(deliveries.overdue(Duration.ofDays(-10_000), old, 1))
                .singleElement()
                .satisfies(ticket -> {
                    assertThat(ticket.deliveryId()).isEqualTo(later);
                    assertThat(ticket.delay()).isBetween(Scene.minutes(4), Scene.minutes(5));
                });
        scene.advance(Scene.minutes(10));
        assertThat(overdue(Scene.minutes(4))).containsExactly(old, later, fresh);
        assertThat(deliveries.overdue(Scene.minutes(4), null, 100))
                .extracting(Ticket::delay)
                .containsOnly(Duration.ZERO);
    }

    @Test
    void whatHasEndedIsNotOverdue() {
        scene.succeeded();
        scene.failed();
        scene.cancelled();
        scene.advance(Scene.minutes(5));

        assertThat(overdue(Scene.MINUTE)).isEmpty();
    }

    @Test
    void aRetryIsOverdueOnlyWhenItsDelayHasPassed() {
        var ready = scene.leased();
        deliveries.record(List.of(scene.retry(ready, Scene.minutes(10))));
        scene.advance(Scene.minutes(8));
        assertThat(overdue(Scene.MINUTE)).isEmpty();

        scene.advance(Scene.minutes(4));
        assertThat(overdue(Scene.MINUTE)).containsExactly(Scene.id(ready));
    }

    @Test
    void aDeliveryRetriedByHandIsOverdueOnlyWhenItsDelayHasPassed() {
        var id = Scene.id(scene.failed());
        scene.advance(Scene.minutes(30));
        deliveries.retry(Map.of(id, Scene.minutes(10)));
        scene.advance(Scene.minutes(8));
        assertThat(overdue(Scene.MINUTE)).isEmpty();

        scene.advance(Scene.minutes(4));
        assertThat(overdue(Scene.MINUTE)).containsExactly(id);
    }

    @Test
    void deliveriesOfDisabledSubscriptionsAreNotOverdue() {
        var subscriptions = scene.store.subscriptions();
        var disabled = samples.subscription();
        var paused = samples.subscription();
        var deleted = samples.subscription();
        var enabled = samples.subscription();
        for (var stored : List.of(disabled, paused, deleted, enabled)) {
            subscriptions.insert(stored);
            var ticket = samples.ticket(stored.subscription().id());
            deliveries.append(List.of(samples.publication(samples.event(), ticket)));
        }
        subscriptions.update(samples.disabled(disabled));
        subscriptions.update(samples.paused(paused));
        subscriptions.update(samples.disabled(enabled));
        subscriptions.update(samples.enabled(samples.disabled(enabled)));
        subscriptions.delete(deleted.subscription().id());
        scene.advance(Scene.minutes(5));

        assertThat(deliveries.overdue(Scene.MINUTE, null, 100))
                .extracting(Ticket::subscriptionId)
                .containsExactly(
                        deleted.subscription().id(), enabled.subscription().id());
        assertThat(deliveries.pending(disabled.subscription().id(), null, 100)).hasSize(1);
    }

    @Test
    void overdueDeliveriesAreFoundInChunksByTheirIds() {
        var ids = Stream.generate(scene::append).limit(7).toList();
        scene.advance(Scene.minutes(5));

        assertThat(chunks(after -> deliveries.overdue(Scene.MINUTE, after, 3))).containsExactlyElementsOf(ids);
    }

    private List<UUID> overdue(Duration by) {
        return deliveries.overdue(by, null, 100).stream()
                .map(Ticket::deliveryId)
                .toList();
    }

    /** The deliveries of all chunks, until one is empty. */
    private static List<UUID> chunks(Function<@Nullable UUID, List<Ticket>> read) {
        var all = new ArrayList<UUID>();
        for (var chunk = read.apply(null); !chunk.isEmpty(); ) {
            assertThat(chunk).hasSizeLessThanOrEqualTo(3);
            assertThat(all).as("found in chunks").hasSizeLessThan(Scene.MANY);
            chunk.forEach(ticket -> all.add(ticket.deliveryId()));
            chunk = read.apply(all.get(all.size() - 1));
        }
        return all;
    }
}
