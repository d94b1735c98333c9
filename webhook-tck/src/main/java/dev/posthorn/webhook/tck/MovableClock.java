package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Time that passes only when told to. Threads parked by it wake when an advance reaches their deadline, when they are
 * unparked, or when they are interrupted. Safe for use by several threads.
 */
public final class MovableClock implements TimeSource {
    // Close to where a long wraps round, so that code which compares readings instead of their differences fails.
    private static final long FIRST_READING = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(30);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    // A monitor and nothing from java.util.concurrent.locks: a thread that waits for one of those takes the permit
    // which
    // an unpark meant for parkNanos has left, and that wake-up would be lost.
    private final Object monitor = new Object();
    private final List<Sleeper> sleepers = new ArrayList<>();
    private Instant wall;
    private long nanos = FIRST_READING;

    private record Sleeper(Thread thread, long deadline) {}

    /** A clock that stands at the first moment of 2030. */
    public MovableClock() {
        this(Instant.parse("2030-01-01T00:00:00Z"));
    }

    /** A clock whose wall clock stands at this moment. */
    public MovableClock(Instant start) {
        wall = start;
    }

    @Override
    public Instant now() {
        synchronized (monitor) {
            return wall;
        }
    }

    @Override
    public long nanoTime() {
        synchronized (monitor) {
            return nanos;
        }
    }

    /**
     * Moves both clocks forward, and wakes every thread whose deadline that reaches.
     *
     * @param time how far; 0 or more, at most 292 years
     * @throws IllegalArgumentException if it is negative
     */
    public void advance(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("monotonic time cannot go back: " + time);
        }
        long more = time.toNanos();
        synchronized (monitor) {
            wall = wall.plus(time);
            nanos += more;
            sleepers.removeIf(sleeper -> {
                boolean due = sleeper.deadline - nanos <= 0;
                if (due) {
                    LockSupport.unpark(sleeper.thread);
                }
                return due;
            });
        }
    }

    /**
     * Moves the wall clock and leaves the monotonic one, as when somebody sets the machine's clock. It wakes nobody.
     *
     * @param time how far; negative to go back
     */
    public void jumpWall(Duration time) {
        synchronized (monitor) {
            wall = wall.plus(time);
        }
    }

    @Override
    public void parkNanos(long time) {
        if (time <= 0) {
            return;
        }
        Sleeper self;
        synchronized (monitor) {
            self = new Sleeper(Thread.currentThread(), nanos + time);
            sleepers.add(self);
            monitor.notifyAll();
        }
        // An advance from here on leaves a permit, so that this returns at once.
        LockSupport.park(this);
        synchronized (monitor) {
            sleepers.remove(self);
        }
    }

    /**
     * Waits until at least so many threads are parked by this clock: what must be known before an advance, since a thread
     * that parks after it counts from then.
     *
     * @throws AssertionError if they are not within 10 seconds of real time
     */
    public void awaitParked(int threads) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        synchronized (monitor) {
            while (sleepers.size() < threads) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    throw new AssertionError("expected " + threads + " parked threads, but there were " + parked());
                }
                try {
                    monitor.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new AssertionError("interrupted while waiting for " + threads + " parked threads", e);
                }
            }
        }
    }

    private List<String> parked() {
        return sleepers.stream().map(sleeper -> sleeper.thread.getName()).toList();
    }
}
