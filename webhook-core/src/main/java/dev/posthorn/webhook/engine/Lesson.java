package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.AttemptOutcome;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What an attempt taught of the endpoint.
 *
 * @param sign how the endpoint seems
 * @param nanos how long the attempt took
 * @param pause how long the endpoint asks to be left alone; 0 for not at all
 */
record Lesson(Sign sign, long nanos, Duration pause) {
    /** No attempt was made. */
    static final Lesson NONE = new Lesson(Sign.NO_ATTEMPT, 0, Duration.ZERO);

    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_ERROR = 500;

    enum Sign {
        /** It took the delivery. */
        WELL,
        /** It answered, and did not take the delivery. */
        ALIVE,
        /** It does not answer, or not as HTTP has it, or says itself that it cannot. */
        IN_TROUBLE,
        /** None: it was not reached, for reasons of ours. */
        UNKNOWN,
        /** None: there was no attempt. */
        NO_ATTEMPT
    }

    static Lesson of(AttemptOutcome outcome, @Nullable Integer statusCode, Duration took, Duration pause) {
        return new Lesson(sign(outcome, statusCode), took.toNanos(), pause);
    }

    private static Sign sign(AttemptOutcome outcome, @Nullable Integer statusCode) {
        return switch (outcome) {
            case SUCCEEDED -> Sign.WELL;
            case REJECTED ->
                statusCode != null && (statusCode >= SERVER_ERROR || statusCode == TOO_MANY_REQUESTS)
                        ? Sign.IN_TROUBLE
                        : Sign.ALIVE;
            case UNRESOLVED, UNREACHABLE, TLS_FAILED, TIMED_OUT, DISCONNECTED, BAD_RESPONSE -> Sign.IN_TROUBLE;
            case BLOCKED, PROXY_FAILED, ERROR -> Sign.UNKNOWN;
        };
    }
}
