package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Lease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HoldingsTest {
    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final int BATCH = 50;

    private final ManualTime time = new ManualTime();
    /** 100 in all, 50 for unproven lanes, 8 for one of these, 50 for a proven one, 10,000 bytes. */
    private final Holdings holdings = new Holdings(new EngineSettings(
            "node",
            time,
            10,
            4,
            BATCH,
            100,
            10_000,
            LEASE,
            Duration.ofSeconds(15),
            RetryPolicy.standard(),
            Duration.ofDays(1),
            Duration.ofHours(1),
            Duration.ofSeconds(1),
            Duration.ofDays(3),
            null,
            null,
            null));

    private final UUID lane = UUID.randomUUID();

    @Test
    void aLaneTakesNoMoreThanItsShare() {
        assertThat(hold(lane, 10)).hasSize(8);
        assertThat(request().allowance(lane)).isZero();
        assertThat(request().allowance(UUID.randomUUID())).isEqualTo(8);
    }

    @Test
    void aProvenLaneTakesWholeBatches() {
        holdings.proven(lane);
        assertThat(request().allowance(lane)).isEqualTo(50);
        assertThat(hold(lane, 60)).hasSize(50);
    }

    @Test
    void aLaneIsProvenForAMinute() {
        holdings.proven(lane);
        time.advance(Duration.ofSeconds(59));
        assertThat(holdings.isProven(lane)).isTrue();
        time.advance(Duration.ofSeconds(1));
        assertThat(holdings.isProven(lane)).isFalse();
    }

    @Test
    void unprovenLanesTogetherTakeHalf() {
        int taken = 0;
        for (int i = 0; i < 100; i++) {
            taken += hold(UUID.randomUUID(), 1).size();
        }
        assertThat(taken).isEqualTo(50);
        assertThat(request().allowance(UUID.randomUUID())).isZero();

        holdings.proven(lane);
        assertThat(request().allowance(lane)).isEqualTo(50);
        assertThat(hold(lane, 60)).hasSize(50);
        assertThat(holdings.request(BATCH, LEASE)).as("all is full").isNull();
    }

    @Test
    void bytesAreBoundedToo() {
        holdings.proven(lane);
        assertThat(holdings.tryHold(UUID.randomUUID(), lane, 9_000)).isNotNull();
        assertThat(holdings.tryHold(UUID.randomUUID(), lane, 1_001)).isNull();
        assertThat(holdings.bytesLeft()).isEqualTo(1_000);
        assertThat(holdings.tryHold(UUID.randomUUID(), lane, 1_000)).isNotNull();
        assertThat(holdings.request(BATCH, LEASE)).isNull();
    }

    @Test
    void aPausedLaneTakesNothingUntilThePauseIsOver() {
        holdings.pause(lane, time.nanoTime() + Duration.ofSeconds(10).toNanos());
        assertThat(hold(lane, 1)).isEmpty();
        assertThat(holdings.pauseLeft(lane)).isEqualTo(Duration.ofSeconds(10).toNanos());
        holdings.claimed(request(), Map.of());
        time.advance(Duration.ofSeconds(10));
        assertThat(hold(lane, 1)).as("what waited meanwhile goes first").isEmpty();
        holdings.claimed(request(), Map.of());
        assertThat(hold(lane, 1)).as("nothing waits any more").hasSize(1);
    }

    @Test
    void aShorterPauseDoesNotEndALongerOne() {
        holdings.pause(lane, time.nanoTime() + Duration.ofSeconds(10).toNanos());
        holdings.pause(lane, time.nanoTime() + Duration.ofSeconds(1).toNanos());
        assertThat(holdings.pauseLeft(lane)).isEqualTo(Duration.ofSeconds(10).toNanos());
        holdings.pause(lane, time.nanoTime() + Duration.ofSeconds(20).toNanos());
        assertThat(holdings.pauseLeft(lane)).isEqualTo(Duration.ofSeconds(20).toNanos());
    }

    @Test
    void whatIsReleasedMakesRoomAndSaysSoToAClaimThatLackedIt() {
        var held = hold(lane, 8);
        var request = new ClaimRequest(BATCH, LEASE, 8, Map.of());
        holdings.claimed(request, Map.of(lane, 8));
        held.subList(0, 3).forEach(holdings::release);
        assertThat(holdings.takeRoomFound())
                .as("more than half of the share is still held")
                .isFalse();
        holdings.release(held.get(3));
        assertThat(holdings.takeRoomFound()).isTrue();
        assertThat(holdings.takeRoomFound()).as("asked for the second time").isFalse();
    }

    @Test
    void releasingTwiceCountsOnce() {
        var held = hold(lane, 2);
        holdings.release(held.get(0));
        holdings.release(held.get(0));
        assertThat(holdings.size()).isEqualTo(1);
        assertThat(request().allowance(lane)).isEqualTo(7);
    }

    @Test
    void aSecondLeaseOnWhatIsHeldTakesThePlaceOfTheFirst() {
        var first = new Lease(UUID.randomUUID(), lane, 1);
        var second = new Lease(first.deliveryId(), lane, 2);
        var held = holdings.hold(first, time.nanoTime());
        assertThat(holdings.hold(second, time.nanoTime() + 5)).isNull();
        assertThat(held).isNotNull();
        assertThat(held.lease()).isEqualTo(second);
        assertThat(held.leaseLeft(time.nanoTime())).isEqualTo(5);
        assertThat(holdings.size()).isEqualTo(1);
    }

    private List<Held> hold(UUID subscription, int count) {
        var taken = new ArrayList<Held>();
        for (int i = 0; i < count; i++) {
            var held = holdings.tryHold(UUID.randomUUID(), subscription, 1);
            if (held != null) {
                taken.add(held);
            }
        }
        return taken;
    }

    private ClaimRequest request() {
        var request = holdings.request(BATCH, LEASE);
        assertThat(request).isNotNull();
        return request;
    }
}
