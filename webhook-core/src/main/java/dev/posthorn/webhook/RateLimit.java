package dev.posthorn.webhook;

import java.time.Duration;

/**
 * How many attempts may begin for one subscription in a time. It holds for all nodes that share a store together: each that
 * delivers takes an equal part of it. An attempt that has to wait for it is none: its delivery keeps its place in the retry
 * policy. Retries count as first attempts do.
 *
 * @param attempts how many in each {@code per}: 1 to 1,000,000
 * @param per the time, from 1 ms to 1 h
 * @param burst how many may begin at once after a time with fewer: 1 to 1,000,000. By default those of one second, and at
 *     least 1
 */
public record RateLimit(int attempts, Duration per, int burst) {
    private static final int MOST = 1_000_000;

    /** @throws InvalidInputException naming every part out of bounds */
    public RateLimit {
        var faults = new Faults();
        faults.check(attempts >= 1 && attempts <= MOST, "attempts", "must be from 1 to 1,000,000, is " + attempts);
        faults.check(
                per.compareTo(Duration.ofMillis(1)) >= 0 && per.compareTo(Duration.ofHours(1)) <= 0,
                "per",
                "must be from 1 ms to 1 h, is " + Faults.show(per));
        faults.check(burst >= 1 && burst <= MOST, "burst", "must be from 1 to 1,000,000, is " + burst);
        faults.throwIfAny();
    }

    /** So many attempts in this time, and at once those of a second. */
    public static RateLimit of(int attempts, Duration per) {
        // Whatever is out of bounds is told by the constructor.
        double inASecond = attempts / Math.max(0.001, per.toMillis() / 1_000.0);
        return new RateLimit(attempts, per, (int) Math.max(1, Math.min(MOST, inASecond)));
    }

    /** So many attempts a second, and as many at once. */
    public static RateLimit perSecond(int attempts) {
        return of(attempts, Duration.ofSeconds(1));
    }

    /** So many attempts a minute, and at once those of a second. */
    public static RateLimit perMinute(int attempts) {
        return of(attempts, Duration.ofMinutes(1));
    }

    /** The same rate with another burst. */
    public RateLimit burst(int newBurst) {
        return new RateLimit(attempts, per, newBurst);
    }
}
