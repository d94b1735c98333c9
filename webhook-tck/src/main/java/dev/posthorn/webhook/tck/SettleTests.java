package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Settlement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Ending leases. */
abstract class SettleTests extends DeliveryQueueTests {
    @Test
    void whatIsDoneLeavesTheQueue() {
        var lease = leased();

        assertThat(queue.settle(List.of(new Settlement.Done(lease)))).isEmpty();
        assertThat(queue.stats().tickets()).isZero();
        outlastLease();
        assertThat(claim()).isEmpty();
    }

    @Test
    void whatIsToComeAgainComesAfterItsDelay() {
        var lease = leased();

        assertThat(queue.settle(List.of(new Settlement.Again(lease, Scene.minutes(10)))))
                .isEmpty();
        advance(Scene.minutes(9));
        assertThat(claim()).isEmpty();
        advance(Scene.minutes(1));
        assertThat(claim()).extracting(Lease::deliveryId).containsExactly(lease.deliveryId());
    }

    @Test
    void whatIsToComeAgainAtOnceDoes() {
        var lease = leased();

        queue.settle(List.of(new Settlement.Again(lease, Duration.ZERO)));
        var again = claim();
        assertThat(again).extracting(Lease::deliveryId).containsExactly(lease.deliveryId());
        assertThat(again.get(0).token()).isNotEqualTo(lease.token());
    }

    @Test
    void aLostLeaseCannotComplete() {
        var lost = leased();
        outlastLease();
        var held = claim().get(0);

        assertThat(queue.settle(List.of(new Settlement.Done(lost)))).containsExactly(lost.deliveryId());
        assertThat(queue.stats().tickets()).isEqualTo(1);
        assertThat(queue.settle(List.of(new Settlement.Done(held)))).isEmpty();
    }

    @Test
    void aLostLeaseCannotReschedule() {
        var lost = leased();
        outlastLease();
        var held = claim().get(0);

        assertThat(queue.settle(List.of(new Settlement.Again(lost, Duration.ZERO))))
                .containsExactly(lost.deliveryId());
        assertThat(claim()).isEmpty();
        assertThat(queue.settle(List.of(new Settlement.Again(held, Scene.minutes(3)))))
                .isEmpty();
        advance(Scene.minutes(3));
        assertThat(claim()).hasSize(1);
    }

    /** Nobody has claimed it meanwhile, so the queue still knows its token. */
    @Test
    void aLeaseThatRanOutHoldsUntilTheTicketIsClaimedAgain() {
        var lease = leased();
        outlastLease();

        assertThat(queue.settle(List.of(new Settlement.Done(lease)))).isEmpty();
        assertThat(claim()).isEmpty();
    }

    @Test
    void aLeaseEndsOnce() {
        var done = leased();
        queue.settle(List.of(new Settlement.Done(done)));
        assertThat(queue.settle(List.of(new Settlement.Done(done)))).containsExactly(done.deliveryId());

        var again = leased();
        queue.settle(List.of(new Settlement.Again(again, Scene.minutes(10))));
        assertThat(queue.settle(List.of(new Settlement.Done(again)))).containsExactly(again.deliveryId());
        assertThat(queue.settle(List.of(new Settlement.Again(again, Duration.ZERO))))
                .containsExactly(again.deliveryId());
        assertThat(claim()).isEmpty();
        advance(Scene.minutes(10));
        assertThat(claim()).extracting(Lease::deliveryId).containsExactly(again.deliveryId());
    }

    @Test
    void aLeaseOnWhatIsNotThereIsLost() {
        var lease = new Lease(samples.id(), subscription, 1);

        assertThat(queue.settle(List.of(new Settlement.Again(lease, Duration.ZERO))))
                .containsExactly(lease.deliveryId());
        assertThat(claim()).isEmpty();
    }

    @Test
    void eachSettlementStandsAlone() {
        var lost = leased();
        outlastLease();
        claim();
        var done = leased();
        var again = leased();
        var absent = new Lease(samples.id(), subscription, 1);

        assertThat(queue.settle(List.of(
                        new Settlement.Done(absent),
                        new Settlement.Done(done),
                        new Settlement.Done(lost),
                        new Settlement.Again(again, Duration.ZERO))))
                .containsExactlyInAnyOrder(absent.deliveryId(), lost.deliveryId());
        assertThat(claim()).extracting(Lease::deliveryId).containsExactly(again.deliveryId());
    }

    @Test
    void aThousandLeasesAreSettledAtOnce() {
        queue.enqueue(
                Stream.generate(() -> samples.ticket(subscription)).limit(MANY).toList());
        var settlements = claim().stream().<Settlement>map(Settlement.Done::new).toList();

        assertThat(settlements).hasSize(MANY);
        assertThat(queue.settle(settlements)).isEmpty();
        assertThat(queue.settle(List.of())).isEmpty();
        assertThat(queue.stats().tickets()).isZero();
    }
}
