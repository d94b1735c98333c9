package dev.posthorn.webhook.behaviour;

import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;

/** The clocks of a machine whose wall clock is wrong. Safe for use by several threads. */
final class SkewedTime implements TimeSource {
    private final TimeSource right;
    private volatile Duration error = Duration.ZERO;

    SkewedTime(TimeSource right) {
        this.right = right;
    }

    /** From now on it is wrong by so much. */
    void wrongBy(Duration newError) {
        error = newError;
    }

    @Override
    public Instant now() {
        return right.now().plus(error);
    }

    @Override
    public long nanoTime() {
        return right.nanoTime();
    }

    @Override
    public void parkNanos(long nanos) {
        right.parkNanos(nanos);
    }
}
