package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.BreakerPolicy;
import dev.posthorn.webhook.LaneState;
import dev.posthorn.webhook.RateLimit;
import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Lease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HoldingsTest {
    private static final Duration LEASE = TestSettings.LEASE;
    private static final int BATCH = 50;

    private final ManualTime time = new ManualTime();
    private LaneLimits limits = new LaneLimits(4, null);
    /** 100 in all, 50 for unproven lanes, 8 for one of these, 50 for a proven one, 10,000 bytes. */
    private final Holdings holdings = new Holdings(
            TestSettings.small(time, BreakerPolicy.standard()), id -> limits, () -> 1, () -> new Random(1));

    private final UUID lane = UUID.randomUUID();

    @Test
    void aLaneTakesNoMoreThanItsShare() {
        assertThat(hold(lane, 10)).hasSize(8);
        assertThat(request().allowance(lane)).isZero();
        assertThat(request().allowance(UUID.randomUUID())).isEqualTo(8);
    }

    @Test
    void aProvenLaneTakesWholeBatches() {
        quickly(lane);
        assertThat(request().allowance(lane)).isEqualTo(50);
        assertThat(hold(lane, 60)).hasSize(50);
    }

    @Test
    void aLaneIsProvenForAMinute() {
        quickly(lane);
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

        quickly(lane);
        assertThat(request().allowance(lane)).isEqualTo(50);
        assertThat(hold(lane, 60)).hasSize(50);
        assertThat(holdings.request(BATCH, LEASE)).as("all is full").isNull();
    }

    @Test
    void aFullLaneLeavesNothingToClaimUntilItHasRoom() {
        var held = hold(lane, 10);
        assertThat(holdings.mayClaim(lane)).isFalse();

        held.subList(0, 4).forEach(holdings::release);

        assertThat(holdings.takeRoomFound()).isTrue();
        assertThat(holdings.mayClaim(lane)).isTrue();
    }

    @Test
    void aClaimThatBeganBeforeSomethingWasLeftDoesNotEndThatTheLaneWantsRoom() {
        var request = request();
        var held = hold(lane, 8);
        assertThat(holdings.mayClaim(lane)).isFalse();
        holdings.claimed(request, Map.of());

        held.forEach(holdings::release);
        assertThat(holdings.takeRoomFound()).isTrue();

        holdings.claimed(request(), Map.of());
        assertThat(hold(lane, 1)).hasSize(1);
    }

    @Test
    void unprovenLanesThatAreFullTogetherLeaveNothingToClaimEither() {
        var held = new ArrayList<Held>();
        for (int i = 0; i < 50; i++) {
            held.addAll(hold(UUID.randomUUID(), 1));
        }
        assertThat(holdings.mayClaim(lane)).isFalse();

        held.subList(0, 25).forEach(holdings::release);

        assertThat(holdings.takeRoomFound()).isTrue();
        assertThat(holdings.mayClaim(lane)).isTrue();
    }

    @Test
    void bytesAreBoundedToo() {
        quickly(lane);
        assertThat(holdings.tryHold(UUID.randomUUID(), lane, 9_000)).isNotNull();
        assertThat(holdings.tryHold(UUID.randomUUID(), lane, 1_001)).isNull();
        assertThat(holdings.bytesLeft()).isEqualTo(1_000);
        assertThat(holdings.tryHold(UUID.randomUUID(), lane, 1_000)).isNotNull();
        assertThat(holdings.request(BATCH, LEASE)).isNull();
    }

    @Test
    void aPausedLaneTakesNothingUntilThePauseIsOver() {
        attempt(lane, pause(Duration.ofSeconds(10)));
        assertThat(hold(lane, 1)).isEmpty();
        assertThat(holdings.closedFor(lane)).isEqualTo(Duration.ofSeconds(10).toNanos());
        holdings.claimed(request(), Map.of());
        time.advance(Duration.ofSeconds(10));
        assertThat(hold(lane, 1)).as("what waited meanwhile goes first").isEmpty();
        holdings.claimed(request(), Map.of());
        assertThat(hold(lane, 1)).as("nothing waits any more").hasSize(1);
    }

    @Test
    void aShorterPauseDoesNotEndALongerOne() {
        var third = List.of(begin(lane), begin(lane), begin(lane));
        assertThat(third).doesNotContain(false);
        holdings.ended(lane, pause(Duration.ofSeconds(10)), false);
        holdings.ended(lane, pause(Duration.ofSeconds(1)), false);
        assertThat(holdings.closedFor(lane)).isEqualTo(Duration.ofSeconds(10).toNanos());
        holdings.ended(lane, pause(Duration.ofSeconds(20)), false);
        assertThat(holdings.closedFor(lane)).isEqualTo(Duration.ofSeconds(20).toNanos());
    }

    @Test
    void aLaneTakesWhatItsOwnLimitCanUse() {
        limits = new LaneLimits(1, null);
        assertThat(hold(lane, 10)).hasSize(2);
    }

    @Test
    void aQuickLaneTakesWhatItDoesInASecond() {
        limits = new LaneLimits(2, null);
        attempt(lane, succeeded(Duration.ofMillis(100)));
        assertThat(hold(lane, 100)).hasSize(20);
    }

    @Test
    void aLimitedLaneTakesWhatItMaySendInTwoSeconds() {
        limits = new LaneLimits(4, RateLimit.perSecond(3).burst(1));
        // 1 at once and 6 in the two seconds.
        assertThat(request().allowance(UUID.randomUUID())).isEqualTo(8);
        assertThat(hold(lane, 10)).hasSize(7);
        assertThat(request().allowance(lane)).isZero();
    }

    @Test
    void aLimitedLaneBeginsAtItsRate() {
        limits = new LaneLimits(100, RateLimit.perSecond(10).burst(1));
        assertThat(begin(lane)).isTrue();
        assertThat(holdings.start(lane)).isEqualTo(new Holdings.Start.Wait(100_000_000));
        time.advance(Duration.ofMillis(100));
        assertThat(begin(lane)).isTrue();
        assertThat(begin(lane)).isFalse();
    }

    @Test
    void whatWasNotSentAfterAllDoesNotCountAgainstTheRate() {
        limits = new LaneLimits(100, RateLimit.perMinute(1));
        assertThat(begin(lane)).isTrue();
        holdings.ended(lane, Lesson.NONE, false);
        assertThat(begin(lane)).isTrue();
    }

    @Test
    void aRaisedRateHoldsAtOnce() {
        limits = new LaneLimits(100, RateLimit.perMinute(1));
        assertThat(begin(lane)).isTrue();
        assertThat(begin(lane)).isFalse();
        limits = new LaneLimits(100, RateLimit.perSecond(50));
        assertThat(begin(lane)).isTrue();
    }

    @Test
    void aLaneBeginsNoMoreAtOnceThanItsLimit() {
        for (int i = 0; i < 4; i++) {
            assertThat(begin(lane)).isTrue();
        }
        assertThat(holdings.start(lane)).isEqualTo(new Holdings.Start.Wait(Long.MAX_VALUE));
        holdings.ended(lane, succeeded(Duration.ofMillis(1)), false);
        assertThat(begin(lane)).isTrue();
    }

    @Test
    void anOpenBreakerTakesNothingAndThenOneToSee() {
        for (int i = 0; i < 10; i++) {
            attempt(lane, inTrouble());
        }
        assertThat(holdings.closedFor(lane)).isPositive();
        assertThat(request().allowance(lane)).isZero();
        assertThat(begin(lane)).isFalse();
        assertThat(holdings.laneState(lane).breaker()).isEqualTo(LaneState.Breaker.OPEN);
        assertThat(holdings.breakers()).containsEntry(LaneState.Breaker.OPEN, 1);

        time.advance(Duration.ofMillis(5_500));
        assertThat(holdings.laneState(lane).breaker()).isEqualTo(LaneState.Breaker.HALF_OPEN);
        assertThat(request().allowance(lane)).isEqualTo(1);
        assertThat(holdings.start(lane)).isEqualTo(new Holdings.Start.Granted(false, true));
        assertThat(begin(lane)).as("a second one to see").isFalse();

        holdings.ended(lane, succeeded(Duration.ofMillis(1)), true);
        assertThat(holdings.laneState(lane).breaker()).isEqualTo(LaneState.Breaker.CLOSED);
        assertThat(List.of(begin(lane), begin(lane), begin(lane)))
                .as("it grows from two")
                .containsExactly(true, true, false);
    }

    @Test
    void anIdleLaneIsForgottenButNotAnOpenBreaker() {
        for (int i = 0; i < 10; i++) {
            attempt(lane, inTrouble());
        }
        time.advance(Duration.ofMinutes(9));
        request();
        assertThat(holdings.laneState(lane)).isNotEqualTo(LaneState.IDLE);
        time.advance(Duration.ofMinutes(2));
        holdings.claimed(request(), Map.of());
        request();
        assertThat(holdings.laneState(lane)).isEqualTo(LaneState.IDLE);
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

    private boolean begin(UUID subscription) {
        return holdings.start(subscription) instanceof Holdings.Start.Granted;
    }

    private void attempt(UUID subscription, Lesson lesson) {
        var start = (Holdings.Start.Granted) holdings.start(subscription);
        holdings.ended(subscription, lesson, start.isProbe());
    }

    private void quickly(UUID subscription) {
        attempt(subscription, succeeded(Duration.ofMillis(1)));
    }

    private static Lesson succeeded(Duration took) {
        return Lesson.of(AttemptOutcome.SUCCEEDED, 200, took, Duration.ZERO);
    }

    private static Lesson pause(Duration pause) {
        return Lesson.of(AttemptOutcome.REJECTED, 429, Duration.ofMillis(1), pause);
    }

    private static Lesson inTrouble() {
        return Lesson.of(AttemptOutcome.UNREACHABLE, null, Duration.ofMillis(1), Duration.ZERO);
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
