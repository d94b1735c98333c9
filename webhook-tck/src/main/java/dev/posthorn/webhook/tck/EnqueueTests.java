package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Placed;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Putting tickets on a queue and taking them off, and how full it is. */
abstract class EnqueueTests extends DeliveryQueueTests {
    private static final Placed WITHOUT_LEASE = new Placed(List.of(), Set.of());

    @Test
    void aTicketDueNowCanBeClaimed() {
        var ticket = samples.ticket(subscription);
        assertThat(queue.enqueue(List.of(ticket))).isEqualTo(WITHOUT_LEASE);

        var lease = claimed(ticket);
        assertThat(lease.subscriptionId()).isEqualTo(subscription);
    }

    @Test
    void aTicketCannotBeClaimedBeforeItIsDue() {
        var ticket = enqueue(Scene.minutes(10));
        assertThat(claim()).isEmpty();
        advance(Scene.minutes(9));
        assertThat(claim()).isEmpty();
        advance(Scene.minutes(1));
        claimed(ticket);
    }

    @Test
    void aTicketThatAsksForALeaseIsLeasedToTheCaller() {
        var ticket = samples.leasedTicket(subscription, LEASE);
        var placed = queue.enqueue(List.of(ticket));

        assertThat(placed.alreadyLeased()).isEmpty();
        assertThat(placed.leases()).extracting(Lease::deliveryId).containsExactly(ticket.deliveryId());
        assertThat(claim()).isEmpty();
        assertThat(queue.settle(List.of(new Settlement.Done(placed.leases().get(0)))))
                .isEmpty();
    }

    @Test
    void aLeaseThatWasAskedForRunsOut() {
        var ticket = samples.leasedTicket(subscription, LEASE);
        var first = queue.enqueue(List.of(ticket)).leases().get(0);
        outlastLease();

        assertThat(claimed(ticket).token()).isNotEqualTo(first.token());
    }

    @Test
    void aTicketPutBackAfterItsLeaseHasRunOutIsNotTakenOffUnderThatLease() {
        var ticket = samples.leasedTicket(subscription, LEASE);
        var first = queue.enqueue(List.of(ticket)).leases().get(0);
        outlastLease();
        queue.enqueue(List.of(Ticket.due(ticket.deliveryId(), subscription, Duration.ZERO)));

        assertThat(queue.settle(List.of(new Settlement.Done(first)))).containsExactly(ticket.deliveryId());
        claimed(ticket);
    }

    @Test
    void leasesComeInTheOrderOfTheTicketsThatAskForThem() {
        var due = Stream.generate(() -> samples.ticket(samples.id())).limit(50).toList();
        var leased = Stream.generate(() -> samples.leasedTicket(samples.id(), LEASE))
                .limit(50)
                .toList();
        var mixed = Stream.iterate(0, i -> i + 1)
                .limit(50)
                .flatMap(i -> Stream.of(due.get(i), leased.get(49 - i)))
                .toList();

        assertThat(queue.enqueue(mixed).leases())
                .extracting(Lease::deliveryId)
                .containsExactlyElementsOf(mixed.stream()
                        .filter(ticket -> ticket.lease() != null)
                        .map(Ticket::deliveryId)
                        .toList());
        assertThat(claim()).hasSize(50);
    }

    @Test
    void aWaitingTicketBecomesDueAtTheEarlierMoment() {
        var ticket = enqueue(Scene.minutes(10));
        assertThat(queue.enqueue(List.of(Ticket.due(ticket.deliveryId(), subscription, Scene.minutes(3)))))
                .isEqualTo(WITHOUT_LEASE);

        assertThat(claim()).isEmpty();
        advance(Scene.minutes(3));
        claimed(ticket);
    }

    @Test
    void aWaitingTicketDoesNotBecomeDueLater() {
        var ticket = enqueue(Scene.minutes(3));
        queue.enqueue(List.of(Ticket.due(ticket.deliveryId(), subscription, Scene.minutes(10))));

        advance(Scene.minutes(3));
        claimed(ticket);
    }

    @Test
    void aWaitingTicketIsLeasedIfThatIsAskedFor() {
        var ticket = enqueue(Scene.minutes(10));
        var placed = queue.enqueue(List.of(new Ticket(ticket.deliveryId(), subscription, Duration.ZERO, LEASE, false)));

        assertThat(placed.leases()).hasSize(1);
        assertThat(claim()).isEmpty();
        outlastLease();
        claimed(ticket);
    }

    @Test
    void aLeasedTicketIsLeftAsItIs() {
        var lease = leased();

        assertThat(queue.enqueue(List.of(ticket(lease, Duration.ZERO))))
                .isEqualTo(new Placed(List.of(), Set.of(lease.deliveryId())));
        assertThat(queue.enqueue(
                        List.of(new Ticket(lease.deliveryId(), lease.subscriptionId(), Duration.ZERO, LEASE, false))))
                .isEqualTo(new Placed(List.of(), Set.of(lease.deliveryId())));
        assertThat(claim()).isEmpty();
        assertThat(queue.settle(List.of(new Settlement.Again(lease, Scene.minutes(5)))))
                .isEmpty();
        assertThat(claim()).isEmpty();
    }

    @Test
    void aTicketWhoseLeaseRanOutIsWaiting() {
        var first = leased();
        outlastLease();
        var placed = queue.enqueue(
                List.of(new Ticket(first.deliveryId(), first.subscriptionId(), Duration.ZERO, LEASE, false)));

        assertThat(placed.alreadyLeased()).isEmpty();
        assertThat(placed.leases()).hasSize(1);
        assertThat(queue.settle(List.of(new Settlement.Done(first)))).containsExactly(first.deliveryId());
        assertThat(queue.settle(List.of(new Settlement.Done(placed.leases().get(0)))))
                .isEmpty();
    }

    @Test
    void aLeaseThatRanOutIsLostWhenItsTicketIsPutBack() {
        var lease = leased();
        outlastLease();
        queue.enqueue(List.of(ticket(lease, Duration.ZERO)));

        assertThat(queue.settle(List.of(new Settlement.Again(lease, Scene.minutes(10)))))
                .containsExactly(lease.deliveryId());
        assertThat(queue.settle(List.of(new Settlement.Done(lease)))).containsExactly(lease.deliveryId());
        assertThat(claim()).hasSize(1);
    }

    @Test
    void aTicketGivenBackIsWaiting() {
        var lease = leased();
        queue.settle(List.of(new Settlement.Again(lease, Scene.minutes(10))));

        assertThat(queue.enqueue(List.of(ticket(lease, Scene.minutes(3))))).isEqualTo(WITHOUT_LEASE);
        advance(Scene.minutes(3));
        assertThat(claim()).hasSize(1);
    }

    @Test
    void aDeliveryHasOneTicketHoweverOftenItIsPut() {
        var ticket = enqueue();
        queue.enqueue(List.of(ticket));
        queue.enqueue(List.of(ticket));

        claimed(ticket);
        assertThat(queue.stats().tickets()).isEqualTo(1);
    }

    @Test
    void aRemovedTicketIsGoneWhoeverHoldsIt() {
        var lease = leased();
        var waiting = enqueue();
        var later = enqueue(Scene.minutes(10));
        queue.remove(List.of(samples.id(), lease.deliveryId(), waiting.deliveryId(), later.deliveryId()));

        assertThat(queue.settle(List.of(new Settlement.Again(lease, Duration.ZERO))))
                .containsExactly(lease.deliveryId());
        advance(Scene.minutes(20));
        assertThat(claim()).isEmpty();
        assertThat(queue.stats().tickets()).isZero();
    }

    @Test
    void aRemovedTicketCanBePutAgain() {
        var lease = leased();
        queue.remove(List.of(lease.deliveryId()));
        assertThat(queue.enqueue(List.of(ticket(lease, Duration.ZERO)))).isEqualTo(WITHOUT_LEASE);

        var again = claim();
        assertThat(again).hasSize(1);
        assertThat(again.get(0).token()).isNotEqualTo(lease.token());
        assertThat(queue.settle(List.of(new Settlement.Done(lease)))).containsExactly(lease.deliveryId());
    }

    @Test
    void nothingAtAllCanBePutAndRemoved() {
        assertThat(queue.enqueue(List.of())).isEqualTo(WITHOUT_LEASE);
        queue.remove(List.of());
        assertThat(queue.stats().tickets()).isZero();
    }

    @Test
    void everyTicketOfASubscriptionIsCounted() {
        var other = samples.id();
        var none = samples.id();
        leased();
        enqueue();
        enqueue(Scene.minutes(10));
        enqueue(other);
        var lease = claim(1, 0, Map.of(other, 1)).get(0);
        queue.settle(List.of(new Settlement.Again(lease, Duration.ofDays(365))));

        assertThat(queue.countEach(List.of(subscription, other, none), 10))
                .isEqualTo(Map.of(subscription, 3, other, 1, none, 0));
        assertThat(queue.countEach(List.of(subscription, other), 2)).isEqualTo(Map.of(subscription, 2, other, 1));
        assertThat(queue.countEach(List.of(), 2)).isEmpty();
        assertThat(queue.count(List.of(subscription, other, none), 10)).isEqualTo(4);
        assertThat(queue.count(List.of(subscription, other), 3)).isEqualTo(3);
        assertThat(queue.count(List.of(none), 3)).isZero();
    }

    /** Statistics may be estimates; a few tickets can be counted. */
    @Test
    void statsCountTicketsWhateverTheirState() {
        enqueue();
        claim();
        enqueue();
        enqueue(Scene.minutes(10));

        assertThat(queue.stats().tickets()).isEqualTo(3);
    }

    @Test
    void statsTellHowLongTheOldestHasBeenDue() {
        assertThat(queue.stats().oldestDue()).isNull();
        enqueue(Scene.minutes(2));
        enqueue(Scene.minutes(4));
        enqueue(Scene.minutes(20));
        assertThat(queue.stats().oldestDue()).isNull();

        advance(Scene.minutes(10));
        assertThat(queue.stats().oldestDue()).isBetween(Scene.minutes(8).minusSeconds(1), Scene.minutes(9));
    }

    @Test
    void whatIsLeasedIsNotDue() {
        leased();
        assertThat(queue.stats().oldestDue()).isNull();
    }
}
