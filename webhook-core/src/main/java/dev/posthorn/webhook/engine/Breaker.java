package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.BreakerPolicy;
import dev.posthorn.webhook.LaneState;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Leaves alone an endpoint that only fails, as {@link BreakerPolicy} tells. Not safe for use by several threads. */
final class Breaker {
    /** How many attempts the ratio is of. */
    private static final int WINDOW = Long.SIZE;
    /** How many attempts may be in flight when it has closed again. */
    private static final int FIRST_STEP = 2;

    private final @Nullable BreakerPolicy policy;
    private final Supplier<RandomGenerator> random;

    private int failuresInARow;
    /** The last attempts, the newest in the lowest bit; those that failed are ones. */
    private long lastOnes;

    private int counted;
    private boolean open;
    private long openUntil;
    private boolean probing;
    /** How many pauses there have been since the endpoint was well. */
    private int pauses;
    /** How many may be in flight while it recovers; 0 once it has. */
    private int step;

    /** @param policy {@code null} for one that never opens */
    Breaker(@Nullable BreakerPolicy policy, Supplier<RandomGenerator> random) {
        this.policy = policy;
        this.random = random;
    }

    LaneState.Breaker state(long now) {
        if (!open) {
            return LaneState.Breaker.CLOSED;
        }
        return pauseLeft(now) > 0 ? LaneState.Breaker.OPEN : LaneState.Breaker.HALF_OPEN;
    }

    boolean isClosed() {
        return !open;
    }

    /** How long nothing may begin, in nanoseconds; 0 if something may. */
    long pauseLeft(long now) {
        return open ? Math.max(0, openUntil - now) : 0;
    }

    /** How many attempts may be in flight where otherwise there may be so many. */
    int limit(int most, long now) {
        if (open) {
            return pauseLeft(now) > 0 ? 0 : 1;
        }
        return step == 0 ? most : Math.min(step, most);
    }

    /** Whether another attempt may begin beside those that this one counts. Half open it lets one through. */
    boolean mayBegin(long now) {
        return !open || (pauseLeft(now) == 0 && !probing);
    }

    /** An attempt begins. Returns whether it is the one that shows whether the endpoint is well again. */
    boolean begin() {
        probing = open;
        return open;
    }

    /** The endpoint showed life. */
    void succeeded(boolean wasProbe, int most) {
        if (open) {
            // Also if it is one that was under way when the breaker opened.
            open = false;
            failuresInARow = 0;
            lastOnes = 0;
            counted = 0;
            step = FIRST_STEP;
        } else {
            failuresInARow = 0;
            count(0);
            if (step > 0 && ++step >= most) {
                step = 0;
                pauses = 0;
            }
        }
        probing &= !wasProbe;
    }

    /** The endpoint is in trouble. */
    void failed(boolean wasProbe, long now) {
        probing &= !wasProbe;
        if (policy == null) {
            return;
        }
        if (open) {
            // One that was under way when it opened is no news.
            if (wasProbe) {
                open(policy, now);
            }
            return;
        }
        failuresInARow++;
        count(1);
        step = step == 0 ? 0 : Math.max(1, step / 2);
        if (failuresInARow >= policy.failuresInARow()
                || (counted == WINDOW && Long.bitCount(lastOnes) >= policy.failureRatio() * WINDOW)) {
            open(policy, now);
        }
    }

    /** Nothing was learned of the endpoint. */
    void ended(boolean wasProbe) {
        probing &= !wasProbe;
    }

    private void count(long failed) {
        lastOnes = lastOnes << 1 | failed;
        counted = Math.min(WINDOW, counted + 1);
    }

    private void open(BreakerPolicy policy, long now) {
        open = true;
        double pause = Math.min(policy.firstPause().toNanos() * Math.pow(2, pauses), (double)
                policy.longestPause().toNanos());
        pauses++;
        step = 0;
        openUntil = now + (long) (pause * (1 + random.get().nextDouble() / 10));
    }
}
