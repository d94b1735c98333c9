package dev.posthorn.webhook;

import java.time.Duration;

/**
 * When a subscription that only fails is left alone for a while. Each node has a breaker for each subscription. It counts
 * what says that the endpoint is in trouble: no answer, one that is not HTTP, 5xx, and 429. Any other answer, 404 say, is a
 * sign of life, so that one payload which is always rejected does not stop the others; what failed before it was sent, or in
 * an egress proxy, counts neither way.
 *
 * <p>An open breaker lets nothing through until its pause is over. Then one delivery is sent; if the endpoint shows life the
 * breaker closes, and what may be in flight grows with each success from 2 up to the subscription's limit. If not, the next
 * pause is twice as long. What waits meanwhile uses up no attempts.
 *
 * @param failuresInARow how many open it: 1 to 1,000,000, by default 10
 * @param failureRatio which part of the last 64 attempts opens it if they failed: above 0, at most 1, by default 0.5
 * @param firstPause the first pause, from 1 ms to 1 h, by default 5 s; each is lengthened at random by up to a tenth
 * @param longestPause no pause is longer, that tenth aside: from the first one to 24 h, by default 5 min
 */
public record BreakerPolicy(int failuresInARow, double failureRatio, Duration firstPause, Duration longestPause) {
    private static final BreakerPolicy STANDARD =
            new BreakerPolicy(10, 0.5, Duration.ofSeconds(5), Duration.ofMinutes(5));

    /** @throws InvalidInputException naming every part out of bounds */
    public BreakerPolicy {
        var faults = new Faults();
        faults.check(
                failuresInARow >= 1 && failuresInARow <= 1_000_000,
                "failuresInARow",
                "must be from 1 to 1,000,000, is " + failuresInARow);
        faults.check(
                failureRatio > 0 && failureRatio <= 1,
                "failureRatio",
                "must be above 0 and at most 1, is " + failureRatio);
        faults.check(
                firstPause.compareTo(Duration.ofMillis(1)) >= 0 && firstPause.compareTo(Duration.ofHours(1)) <= 0,
                "firstPause",
                "must be from 1 ms to 1 h, is " + Faults.show(firstPause));
        faults.check(
                longestPause.compareTo(firstPause) >= 0 && longestPause.compareTo(Duration.ofDays(1)) <= 0,
                "longestPause",
                "must be from the first pause to 24 h, is " + Faults.show(longestPause));
        faults.throwIfAny();
    }

    /** 10 in a row or half of the last 64; 5 s, then twice as long each time up to 5 min. The default. */
    public static BreakerPolicy standard() {
        return STANDARD;
    }

    /** With other pauses. */
    public BreakerPolicy pauses(Duration first, Duration longest) {
        return new BreakerPolicy(failuresInARow, failureRatio, first, longest);
    }
}
