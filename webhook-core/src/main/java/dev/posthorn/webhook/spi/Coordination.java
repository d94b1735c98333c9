package dev.posthorn.webhook.spi;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/** What the nodes that share a store agree on. */
public interface Coordination {
    /**
     * Says that a node lives, and learns which others do.
     *
     * @param timeToLive how long it counts as living without saying so again
     */
    Heartbeat heartbeat(String nodeId, Duration timeToLive);

    /** The nodes that live, each with how much longer it counts as living if it does not say so again. */
    Map<String, Duration> living();

    /** The store's wall clock, for those that only publish and do not count as living. */
    Instant time();

    /**
     * Takes or keeps the lead in one duty. At most one node has it at a time.
     *
     * @param duty what is led, such as {@code upkeep}
     * @param timeToLive how long the lead lasts unless kept
     * @return whether this node leads now
     */
    boolean tryLead(String nodeId, String duty, Duration timeToLive);

    /** Gives up the lead in every duty, and no longer counts as living. */
    void leave(String nodeId);

    /**
     * What a heartbeat tells.
     *
     * @param liveNodes the ids of the nodes that live, this one included
     * @param storeTime the store's wall clock
     */
    record Heartbeat(Set<String> liveNodes, Instant storeTime) {
        /** Keeps a copy of the set. */
        public Heartbeat {
            liveNodes = Set.copyOf(liveNodes);
        }
    }
}
