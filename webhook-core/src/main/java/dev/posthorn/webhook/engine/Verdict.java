package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.spi.TransportResult;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What an answer or its absence means for the delivery and its lane.
 *
 * @param outcome of the attempt
 * @param status what becomes of the delivery
 * @param failure why, if it failed for good
 * @param retryIn how long until the next attempt, if there is one
 * @param pause how long the whole lane is to rest; 0 for not at all
 */
record Verdict(
        AttemptOutcome outcome,
        DeliveryStatus status,
        @Nullable FailureReason failure,
        @Nullable Duration retryIn,
        Duration pause) {

    private static final int GONE = 410;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVICE_UNAVAILABLE = 503;

    /**
     * Judges an attempt.
     *
     * @param attemptsBefore how many there were before in this round of the policy
     * @param longestRetryAfter what a hint of the endpoint's is cut to
     */
    static Verdict of(
            TransportResult result,
            RetryPolicy policy,
            int attemptsBefore,
            Duration longestRetryAfter,
            Instant now,
            RandomGenerator random) {
        if (result instanceof TransportResult.Failure failure) {
            return failed(failure.outcome(), policy, attemptsBefore, Duration.ZERO, random);
        }
        var response = (TransportResult.Response) result;
        int status = response.status();
        if (status >= 200 && status < 300) {
            return new Verdict(AttemptOutcome.SUCCEEDED, DeliveryStatus.SUCCEEDED, null, null, Duration.ZERO);
        }
        if (status == GONE) {
            return new Verdict(AttemptOutcome.REJECTED, DeliveryStatus.FAILED, FailureReason.GONE, null, Duration.ZERO);
        }
        var hint = status == TOO_MANY_REQUESTS || status == SERVICE_UNAVAILABLE
                ? shorter(RetryAfter.in(response.headers(), now), longestRetryAfter)
                : Duration.ZERO;
        return failed(AttemptOutcome.REJECTED, policy, attemptsBefore, hint, random);
    }

    private static Verdict failed(
            AttemptOutcome outcome, RetryPolicy policy, int attemptsBefore, Duration hint, RandomGenerator random) {
        if (attemptsBefore >= policy.delays().size()) {
            return new Verdict(outcome, DeliveryStatus.FAILED, FailureReason.EXHAUSTED, null, hint);
        }
        var delay = policy.delays().get(attemptsBefore);
        long jitter = (long) (delay.toMillis() * policy.jitter() * random.nextDouble());
        var retryIn = delay.plusMillis(jitter);
        return new Verdict(outcome, DeliveryStatus.PENDING, null, retryIn.compareTo(hint) < 0 ? hint : retryIn, hint);
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
