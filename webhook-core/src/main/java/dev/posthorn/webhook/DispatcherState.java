package dev.posthorn.webhook;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a dispatcher stands at one moment, in figures: what {@link Health} judges, for those who measure. All of it is of this
 * node, except what says otherwise.
 *
 * @param phase where in its life it is
 * @param isPaused whether it delivers nothing because of {@link WebhookDispatcher#pause()}
 * @param inFlight how many attempts run
 * @param held how many deliveries it holds: in flight, about to be sent, or about to be recorded
 * @param heldBytes how many payload bytes these have
 * @param unrecorded how many outcomes and settlements wait to be written
 * @param breakers how many subscriptions of those that it has heard of lately have their breaker in each position; every
 *     position is there
 * @param liveNodes how many nodes deliver, as it knew at its last heartbeat, at most 5 s ago
 * @param queued how many deliveries are on the queue of all nodes, due or not, as of that moment; 0 before it was started
 * @param oldestDue how long the longest due of them that nobody holds had been so then; {@code null} if none was
 * @param droppedMessages how many messages its listeners were too slow for
 */
public record DispatcherState(
        Phase phase,
        boolean isPaused,
        int inFlight,
        int held,
        long heldBytes,
        int unrecorded,
        Map<LaneState.Breaker, Integer> breakers,
        int liveNodes,
        long queued,
        @Nullable Duration oldestDue,
        long droppedMessages) {

    /** Where in its life a dispatcher is. */
    public enum Phase {
        /** It publishes, and delivers nothing. */
        NEW,
        /** It publishes and delivers. */
        RUNNING,
        /** It does nothing any more. */
        CLOSED
    }

    /** Keeps a copy of the map. */
    public DispatcherState {
        breakers = Map.copyOf(breakers);
    }
}
