package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.WakingQueue;
import java.time.Duration;

/** Has the claimer look when something was put on the queue by another process. */
final class WakeUps implements Step {
    private static final Duration AT_MOST = Duration.ofSeconds(5);
    /** Between two of them, so that a busy publisher does not have nodes ask for each event by itself. */
    private static final long PAUSE = Duration.ofMillis(5).toNanos();

    private final WakingQueue queue;
    private final Runnable wake;
    private volatile boolean closed;

    WakeUps(WakingQueue queue, Runnable wake) {
        this.queue = queue;
        this.wake = wake;
    }

    /** Waits no more. */
    void close() {
        closed = true;
        queue.stopWaiting();
    }

    @Override
    public long step() {
        if (closed) {
            return UNTIL_WOKEN;
        }
        if (queue.await(AT_MOST)) {
            wake.run();
        }
        if (closed) {
            // It may have begun to wait after it was told to stop.
            queue.stopWaiting();
        }
        return PAUSE;
    }
}
