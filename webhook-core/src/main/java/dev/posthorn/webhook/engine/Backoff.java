package dev.posthorn.webhook.engine;

import java.time.Duration;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Growing pauses while something keeps failing: 100 ms, doubling up to 30 s, each shortened at random by up to half. */
final class Backoff {
    private static final long FIRST = Duration.ofMillis(100).toNanos();
    private static final int MOST_DOUBLINGS = 9;
    private static final long LONGEST = Duration.ofSeconds(30).toNanos();

    private final Supplier<RandomGenerator> random;
    private int failures;
    /** The reading of the monotonic clock at which the present pause is over. */
    private long retryAt;

    Backoff(Supplier<RandomGenerator> random) {
        this.random = random;
    }

    /**
     * How long to wait after one more failure, in nanoseconds. Whoever was hastened and tried before the pause was over waits for
     * the rest of it: many who hasten do not make it longer.
     */
    long next(long now) {
        if (failures > 0 && retryAt - now > 0) {
            return retryAt - now;
        }
        long pause = Math.min(LONGEST, FIRST << Math.min(failures, MOST_DOUBLINGS));
        failures++;
        pause -= random.get().nextLong(pause / 2);
        retryAt = now + pause;
        return pause;
    }

    /** Whether the last try failed. */
    boolean isFailing() {
        return failures > 0;
    }

    void reset() {
        failures = 0;
    }
}
