package dev.posthorn.webhook.spi;

import java.time.Instant;
import java.util.concurrent.locks.LockSupport;

/**
 * Wall and monotonic time as a pair, and waiting for it to pass, so that all of it can be moved by hand in tests. Safe
 * for use by several threads.
 */
public interface TimeSource {
    /** The wall clock: for people and for receivers. It may jump. */
    Instant now();

    /** The monotonic clock in nanoseconds, as {@link System#nanoTime()}: for deadlines. Only differences mean anything. */
    long nanoTime();

    /**
     * Parks the calling thread for at most so long by this clock. It may return early, as
     * {@link LockSupport#parkNanos(long)} may, and does if the thread is unparked.
     */
    void parkNanos(long nanos);

    /** The machine's clocks. */
    static TimeSource system() {
        return SystemTime.INSTANCE;
    }
}
