package dev.posthorn.webhook;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a subscription fares on this node, at one moment.
 *
 * @param breaker whether its endpoint is left alone
 * @param inFlight how many attempts run
 * @param held how many of its deliveries this node holds: in flight, about to be sent, or about to be recorded
 * @param resumesIn how long nothing is begun for it, because its breaker is open or its endpoint asked for a pause;
 *     {@code null} if neither
 */
public record LaneState(
        Breaker breaker, int inFlight, int held, @Nullable Duration resumesIn) {
    /** A lane of which nothing is known. */
    public static final LaneState IDLE = new LaneState(Breaker.CLOSED, 0, 0, null);

    /** What {@link BreakerPolicy} tells. */
    public enum Breaker {
        /** Everything is sent. */
        CLOSED,
        /** Nothing is sent until a pause is over. */
        OPEN,
        /** The pause is over, and one delivery is sent to see. */
        HALF_OPEN
    }
}
