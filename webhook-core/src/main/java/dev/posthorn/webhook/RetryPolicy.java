package dev.posthorn.webhook;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * When a failed delivery is tried again: a list of delays, one before each retry. When all are used up, the delivery has
 * failed for good.
 *
 * @param delays how long to wait after the first, second … failed attempt; at most 100, each from 0 to 30 days
 * @param jitter each delay is lengthened by a random part of itself up to this: 0 to 1, by default 0.1. It spreads out
 *     retries that would come all at once
 */
public record RetryPolicy(List<Duration> delays, double jitter) {
    private static final double DEFAULT_JITTER = 0.1;
    private static final int MOST_DELAYS = 100;
    private static final Duration LONGEST_DELAY = Duration.ofDays(30);

    // The schedule that the Standard Webhooks specification gives as an example.
    private static final RetryPolicy STANDARD = schedule(
            Duration.ofSeconds(5),
            Duration.ofMinutes(5),
            Duration.ofMinutes(30),
            Duration.ofHours(2),
            Duration.ofHours(5),
            Duration.ofHours(10),
            Duration.ofHours(10));

    /** @throws InvalidInputException naming every delay out of bounds */
    public RetryPolicy {
        delays = List.copyOf(delays);
        var faults = new Faults();
        faults.check(delays.size() <= MOST_DELAYS, "delays", "must be at most " + MOST_DELAYS);
        for (int i = 0; i < delays.size(); i++) {
            var delay = delays.get(i);
            faults.check(
                    !delay.isNegative() && delay.compareTo(LONGEST_DELAY) <= 0,
                    "delays[" + i + "]",
                    "must be from 0 to 30 days, is " + Faults.show(delay));
        }
        faults.check(jitter >= 0 && jitter <= 1, "jitter", "must be from 0 to 1, is " + jitter);
        faults.throwIfAny();
    }

    /** 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h: 8 attempts over about 28 hours. The default. */
    public static RetryPolicy standard() {
        return STANDARD;
    }

    /** Exactly these delays. */
    public static RetryPolicy schedule(Duration... delays) {
        return new RetryPolicy(List.of(delays), DEFAULT_JITTER);
    }

    /** One attempt, no retry. */
    public static RetryPolicy never() {
        return schedule();
    }

    /**
     * Each delay is the one before times {@code factor}, but never longer than {@code cap}.
     *
     * @param first the first delay, above 0
     * @param factor at least 1
     * @param cap no delay is longer than this; at least {@code first}
     * @param attempts how many attempts there are in all, the first included: 1 to 101
     * @throws InvalidInputException naming every argument out of bounds
     */
    public static RetryPolicy exponential(Duration first, double factor, Duration cap, int attempts) {
        var faults = new Faults();
        faults.check(!first.isNegative() && !first.isZero(), "first", "must be above 0, is " + Faults.show(first));
        faults.check(factor >= 1 && factor <= 1_000, "factor", "must be from 1 to 1,000, is " + factor);
        faults.check(
                cap.compareTo(first) >= 0 && cap.compareTo(LONGEST_DELAY) <= 0,
                "cap",
                "must be from the first delay to 30 days, is " + Faults.show(cap));
        faults.check(
                attempts >= 1 && attempts <= MOST_DELAYS + 1,
                "attempts",
                "must be from 1 to " + (MOST_DELAYS + 1) + ", is " + attempts);
        faults.throwIfAny();
        var delays = new ArrayList<Duration>();
        double millis = first.toMillis();
        for (int i = 1; i < attempts; i++) {
            delays.add(Duration.ofMillis((long) Math.min(millis, (double) cap.toMillis())));
            millis *= factor;
        }
        return new RetryPolicy(delays, DEFAULT_JITTER);
    }

    /** The same delays with another jitter. */
    public RetryPolicy jitter(double newJitter) {
        return new RetryPolicy(delays, newJitter);
    }

    /** How many attempts there are in all, the first included. */
    public int attempts() {
        return delays.size() + 1;
    }

    /** How long after the first attempt the last one comes at the latest, the attempts' own time aside. */
    public Duration length() {
        long millis = delays.stream().mapToLong(Duration::toMillis).sum();
        return Duration.ofMillis((long) ((double) millis * (1 + jitter)));
    }
}
