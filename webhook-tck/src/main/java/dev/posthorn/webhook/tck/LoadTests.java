package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Loaded;
import dev.posthorn.webhook.spi.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Loading what is to be sent. */
abstract class LoadTests extends DeliveryStoreTests {
    private static final int PAYLOAD = 100;

    @Test
    void aDeliveryIsLoadedWithItsEvent() {
        var event = samples.event("acme", "invoice.paid");
        var ticket = samples.ticket(scene.subscription);
        deliveries.append(List.of(samples.publication(event, ticket)));
        var lease = scene.lease(ticket.deliveryId());

        var ready = scene.load(lease);
        assertThat(ready.lease()).isEqualTo(lease);
        assertThat(ready.event()).isEqualTo(event);
        assertThat(ready.version()).isEqualTo(Loaded.Ready.FIRST_VERSION);
        assertThat(ready.attemptCount()).isZero();
        assertThat(ready.attemptsThisRound()).isZero();
        assertThat(ready.sinceFirstDue()).isLessThan(Scene.MINUTE);
    }

    @Test
    void deliveriesOfOneEventShareItsCopy() {
        var event = samples.event();
        var tickets = List.of(samples.ticket(scene.subscription), samples.ticket(scene.newSubscription()));
        deliveries.append(List.of(samples.publication(event, tickets.get(0), tickets.get(1))));
        var ids = List.of(
                tickets.get(0).deliveryId(), scene.append(), tickets.get(1).deliveryId());

        var ready = load(scene.leases(ids), Long.MAX_VALUE).ready();
        assertThat(ready).hasSize(3);
        var ofTheEvent =
                ready.stream().map(Loaded.Ready::event).filter(event::equals).toList();
        assertThat(ofTheEvent).hasSize(2);
        assertThat(ofTheEvent.get(0)).isSameAs(ofTheEvent.get(1));
    }

    @Test
    void attemptsAreCounted() {
        var first = scene.leased();
        deliveries.record(List.of(scene.retry(first, Scene.MINUTE)));
        scene.advance(Scene.MINUTE);
        var second = scene.load(scene.lease(Scene.id(first)));

        assertThat(second.attemptCount()).isEqualTo(1);
        assertThat(second.attemptsThisRound()).isEqualTo(1);
        assertThat(second.version()).isGreaterThan(first.version());
    }

    @Test
    void timeCountsFromWhenTheDeliveryWasFirstDue() {
        var id = scene.append(Scene.minutes(10));
        scene.advance(Scene.minutes(12));
        var first = scene.load(scene.lease(id));
        assertThat(first.sinceFirstDue()).isBetween(Duration.ofSeconds(119), Scene.minutes(3));

        deliveries.record(List.of(scene.retry(first, Scene.minutes(20))));
        scene.advance(Scene.minutes(20));
        assertThat(scene.load(scene.lease(id)).sinceFirstDue())
                .isBetween(Scene.minutes(22).minusSeconds(1), Scene.minutes(23));
    }

    @Test
    void aTerminalDeliveryIsDone() {
        for (var ready : List.of(scene.succeeded(), scene.failed(), scene.cancelled())) {
            var lease = madeUp(Scene.id(ready));
            assertThat(load(List.of(lease), Long.MAX_VALUE))
                    .isEqualTo(new Loaded(List.of(), List.of(new Settlement.Done(lease)), List.of()));
        }
    }

    @Test
    void aDeliveryThatIsNotThereIsDone() {
        var lease = madeUp(samples.id());
        assertThat(load(List.of(lease), Long.MAX_VALUE))
                .isEqualTo(new Loaded(List.of(), List.of(new Settlement.Done(lease)), List.of()));
    }

    @Test
    void aDeliveryThatIsNotDueIsToComeAgainAfterTheRestOfItsDelay() {
        var lease = madeUp(scene.append(Scene.minutes(10)));
        scene.advance(Scene.minutes(4));

        var loaded = load(List.of(lease), Long.MAX_VALUE);
        assertThat(loaded.ready()).isEmpty();
        assertThat(loaded.settlements()).singleElement().satisfies(settlement -> {
            assertThat(settlement).isInstanceOf(Settlement.Again.class);
            assertThat(settlement.lease()).isEqualTo(lease);
            assertThat(((Settlement.Again) settlement).delay())
                    .isBetween(Scene.minutes(6).minus(Scene.MINUTE), Scene.minutes(6));
        });
    }

    @Test
    void whatIsNotSentDoesNotKeepTheRestFromIt() {
        var ended = madeUp(Scene.id(scene.succeeded()));
        var absent = madeUp(samples.id());
        var lease = scene.lease(scene.append());

        var loaded = load(List.of(ended, absent, lease), Long.MAX_VALUE);
        assertThat(loaded.ready()).extracting(Loaded.Ready::lease).containsExactly(lease);
        assertThat(loaded.settlements())
                .containsExactlyInAnyOrder(new Settlement.Done(ended), new Settlement.Done(absent));
    }

    @Test
    void payloadsAreReadUpToTheLimit() {
        var leases = scene.leases(Stream.generate(this::appendLarge).limit(5).toList());

        assertPrefix(leases, 3, load(leases, 3 * PAYLOAD));
        assertPrefix(leases, 3, load(leases, 4 * PAYLOAD - 1));
        assertPrefix(leases, 5, load(leases, 5 * PAYLOAD));
    }

    /** A store may read events in another order than they are asked for; it must come on, and leave nothing out. */
    @Test
    void whateverTheOrderAllIsReadInTheEnd() {
        var left = new ArrayList<>(
                scene.leases(Stream.generate(this::appendLarge).limit(5).toList()));
        Collections.reverse(left);
        var read = new ArrayList<Lease>();

        while (!left.isEmpty()) {
            var loaded = load(left, 2 * PAYLOAD);
            var ready = loaded.ready().stream().map(Loaded.Ready::lease).toList();
            assertThat(ready).hasSize(Math.min(2, left.size()));
            read.addAll(ready);
            left.removeAll(ready);
            assertThat(loaded.unread()).isEqualTo(left);
        }

        assertThat(read).hasSize(5).doesNotHaveDuplicates();
    }

    @Test
    void oneEventIsAlwaysRead() {
        var leases = scene.leases(Stream.generate(this::appendLarge).limit(3).toList());

        assertPrefix(leases, 1, load(leases, 1));
        assertPrefix(leases, 1, load(leases, 0));
    }

    @Test
    void aSharedEventCountsOnce() {
        var event = samples.event("acme", "file.changed", Bytes.wrap(new byte[PAYLOAD]));
        var tickets = List.of(samples.ticket(scene.subscription), samples.ticket(scene.newSubscription()));
        deliveries.append(List.of(samples.publication(event, tickets.get(0), tickets.get(1))));
        var leases = scene.leases(
                List.of(tickets.get(0).deliveryId(), tickets.get(1).deliveryId(), appendLarge(), appendLarge()));

        assertPrefix(leases, 3, load(leases, 2 * PAYLOAD));
    }

    @Test
    void aThousandDeliveriesAreLoadedAtOnce() {
        var leases =
                scene.leases(Stream.generate(scene::append).limit(Scene.MANY).toList());

        assertThat(load(leases, Long.MAX_VALUE).ready()).hasSize(Scene.MANY);
        assertThat(load(List.of(), Long.MAX_VALUE)).isEqualTo(new Loaded(List.of(), List.of(), List.of()));
    }

    private UUID appendLarge() {
        var event = samples.event("acme", "file.changed", Bytes.wrap(new byte[PAYLOAD]));
        var ticket = samples.ticket(scene.subscription);
        deliveries.append(List.of(samples.publication(event, ticket)));
        return ticket.deliveryId();
    }

    private static void assertPrefix(List<Lease> leases, int length, Loaded loaded) {
        assertThat(loaded.ready())
                .extracting(Loaded.Ready::lease)
                .containsExactlyInAnyOrderElementsOf(leases.subList(0, length));
        assertThat(loaded.unread()).isEqualTo(leases.subList(length, leases.size()));
        assertThat(loaded.settlements()).isEmpty();
    }

    /** A lease that no queue knows. A store need not tell: what comes of it is fenced when it is settled. */
    private Lease madeUp(UUID deliveryId) {
        return new Lease(deliveryId, scene.subscription, Long.MAX_VALUE);
    }

    private Loaded load(List<Lease> leases, long maxBytes) {
        return deliveries.load(leases, maxBytes);
    }
}
