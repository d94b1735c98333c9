package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;

/** This node's wall clock, corrected to the store's, so that ids and times of all nodes agree. */
final class CorrectedClock {
    private final TimeSource time;
    private volatile Duration correction = Duration.ZERO;

    CorrectedClock(TimeSource time) {
        this.time = time;
    }

    Instant now() {
        return time.now().plus(correction);
    }

    /** Learns the store's time, which was read between the two given readings of this node's clock. */
    void learn(Instant before, Instant storeTime, Instant after) {
        var middle = before.plus(Duration.between(before, after).dividedBy(2));
        correction = Duration.between(middle, storeTime);
    }

    /** How far this node's clock is from the store's. */
    Duration difference() {
        return correction.abs();
    }
}
