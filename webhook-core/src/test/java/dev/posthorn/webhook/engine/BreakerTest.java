package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.BreakerPolicy;
import dev.posthorn.webhook.LaneState;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BreakerTest {
    private static final int MOST = 32;
    private static final BreakerPolicy POLICY =
            new BreakerPolicy(3, 0.5, Duration.ofSeconds(10), Duration.ofSeconds(60));

    private final ManualTime time = new ManualTime();
    private final Breaker breaker = new Breaker(POLICY, () -> new Random(1));

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            breaker.failed(breaker.begin(), time.nanoTime());
        }
    }

    private void succeed(int times) {
        for (int i = 0; i < times; i++) {
            breaker.succeeded(breaker.begin(), MOST);
        }
    }

    private Duration pause() {
        return Duration.ofNanos(breaker.pauseLeft(time.nanoTime()));
    }

    private int limit() {
        return breaker.limit(MOST, time.nanoTime());
    }

    private boolean mayBegin() {
        return breaker.mayBegin(time.nanoTime());
    }

    private void passPause() {
        time.advance(pause());
    }

    @Test
    void opensAfterSoManyFailuresInARow() {
        fail(2);
        succeed(1);
        fail(2);
        assertThat(breaker.isClosed()).isTrue();
        assertThat(limit()).isEqualTo(MOST);
        fail(1);
        assertThat(breaker.state(time.nanoTime())).isEqualTo(LaneState.Breaker.OPEN);
        assertThat(limit()).isZero();
        assertThat(mayBegin()).isFalse();
    }

    @Test
    void opensWhenHalfOfTheLastAttemptsFailed() {
        // Never three in a row.
        for (int i = 0; i < 31; i++) {
            fail(1);
            succeed(1);
        }
        succeed(1);
        assertThat(breaker.isClosed()).as("31 of 63").isTrue();
        fail(1);
        assertThat(breaker.isClosed()).as("32 of 64").isFalse();
    }

    @Test
    void pausesTwiceAsLongEachTimeUpToTheLongest() {
        fail(3);
        for (int seconds : new int[] {10, 20, 40, 60, 60}) {
            assertThat(pause()).isBetween(Duration.ofSeconds(seconds), Duration.ofMillis(seconds * 1_100L));
            passPause();
            assertThat(breaker.state(time.nanoTime())).isEqualTo(LaneState.Breaker.HALF_OPEN);
            fail(1);
        }
    }

    @Test
    void letsOneThroughAtATimeWhenThePauseIsOver() {
        fail(3);
        passPause();
        assertThat(limit()).isEqualTo(1);
        assertThat(mayBegin()).isTrue();
        assertThat(breaker.begin()).isTrue();
        assertThat(mayBegin()).isFalse();
    }

    @Test
    void anotherMaySeeIfTheFirstTaughtNothing() {
        fail(3);
        passPause();
        breaker.ended(breaker.begin());
        assertThat(mayBegin()).isTrue();
    }

    @Test
    void growsFromTwoWhenItHasClosed() {
        fail(3);
        passPause();
        succeed(1);
        assertThat(limit()).isEqualTo(2);
        succeed(3);
        assertThat(limit()).isEqualTo(5);
        fail(1);
        assertThat(limit()).isEqualTo(2);
        succeed(40);
        assertThat(limit()).isEqualTo(MOST);
    }

    @Test
    void pausesGoOnGrowingUntilItHasRecovered() {
        fail(3);
        passPause();
        succeed(1);
        fail(3);
        assertThat(pause()).isGreaterThanOrEqualTo(Duration.ofSeconds(20));
        passPause();
        succeed(1 + MOST);
        fail(3);
        assertThat(pause()).isLessThan(Duration.ofSeconds(12));
    }

    @Test
    void whatWasUnderWayWhenItOpenedIsNoNewsUnlessItSucceeds() {
        boolean late = breaker.begin();
        boolean later = breaker.begin();
        fail(3);
        passPause();
        breaker.failed(late, time.nanoTime());
        assertThat(breaker.state(time.nanoTime())).isEqualTo(LaneState.Breaker.HALF_OPEN);
        breaker.succeeded(later, MOST);
        assertThat(breaker.isClosed()).isTrue();
    }

    @Test
    void withoutAPolicyItNeverOpens() {
        var never = new Breaker(null, () -> new Random(1));
        for (int i = 0; i < 1_000; i++) {
            never.failed(never.begin(), time.nanoTime());
        }
        assertThat(never.isClosed()).isTrue();
    }
}
