package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;

/** Time for tests on one thread. The published kit has one for several, which core cannot depend on. */
final class ManualTime implements TimeSource {
    private Instant wall = Instant.parse("2026-11-23T12:00:00Z");
    private long nanos = Long.MAX_VALUE - 1_000;

    void advance(Duration time) {
        wall = wall.plus(time);
        nanos += time.toNanos();
    }

    @Override
    public Instant now() {
        return wall;
    }

    @Override
    public long nanoTime() {
        return nanos;
    }

    @Override
    public void parkNanos(long time) {
        throw new AssertionError("nothing parks on the test's thread");
    }
}
