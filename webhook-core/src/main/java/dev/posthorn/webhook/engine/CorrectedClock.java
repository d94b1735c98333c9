package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** This node's wall clock, corrected to the store's, so that ids and times of all nodes agree. */
final class CorrectedClock {
    /** Heartbeats come more often; so this is for nodes that have none. */
    private static final Duration OLD = Duration.ofSeconds(30);

    private final TimeSource time;
    private final AtomicBoolean asking = new AtomicBoolean();
    private volatile Duration correction = Duration.ZERO;
    private volatile @Nullable Long learnedAt;

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
        learnedAt = time.nanoTime();
    }

    /** Asks the store for its time if that was not learned for long, or never. Of several threads one asks. */
    void learnIfOld(Supplier<Instant> storeTime) {
        var last = learnedAt;
        boolean isFresh = last != null && time.nanoTime() - last < OLD.toNanos();
        if (isFresh || !asking.compareAndSet(false, true)) {
            return;
        }
        try {
            var before = time.now();
            learn(before, storeTime.get(), time.now());
        } finally {
            asking.set(false);
        }
    }

    /** How far this node's clock is from the store's. */
    Duration difference() {
        return correction.abs();
    }
}
