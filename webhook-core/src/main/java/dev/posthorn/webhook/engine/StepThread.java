package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.TimeSource;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A daemon thread that calls a step whenever it is due or woken, and goes on whatever the step throws. */
final class StepThread {
    private static final Logger log = LoggerFactory.getLogger(StepThread.class);

    private final String name;
    private final Step step;
    private final TimeSource time;
    private final Thread thread;
    private final Backoff backoff;
    private volatile boolean woken;
    private volatile boolean parked;
    private volatile boolean stopped;
    private volatile boolean busy;
    private volatile long lastTurn;

    StepThread(String name, Step step, TimeSource time, Supplier<RandomGenerator> random) {
        this.name = name;
        this.step = step;
        this.time = time;
        this.backoff = new Backoff(random);
        this.thread = new Thread(this::run, "posthorn-" + name);
        this.thread.setDaemon(true);
    }

    String name() {
        return name;
    }

    void start() {
        lastTurn = time.nanoTime();
        thread.start();
    }

    /** Has the step called soon; cheap when the thread is awake. */
    void wake() {
        woken = true;
        if (parked) {
            LockSupport.unpark(thread);
        }
    }

    /** Lets the present step end and calls no more. */
    void stop() {
        stopped = true;
        LockSupport.unpark(thread);
    }

    void join(long millis) throws InterruptedException {
        thread.join(Math.max(1, millis));
    }

    boolean isAlive() {
        return thread.isAlive();
    }

    /** Whether it is the thread that asks. */
    boolean isCurrent() {
        return thread == Thread.currentThread();
    }

    /** For how many nanoseconds the present step has been running; 0 between steps. */
    long busyFor() {
        return busy ? time.nanoTime() - lastTurn : 0;
    }

    /** Whether a step is running. */
    boolean isBusy() {
        return busy;
    }

    private void run() {
        while (!stopped) {
            takeWoken();
            long pause = turn();
            if (pause > 0 && !stopped) {
                parked = true;
                // Looked at only after parked was set: a wake before that is seen here, a later one unparks.
                if (!woken) {
                    time.parkNanos(pause);
                }
                parked = false;
            }
        }
    }

    /** Whether it was woken since it was last asked. */
    boolean takeWoken() {
        boolean wasWoken = woken;
        woken = false;
        return wasWoken;
    }

    /** One turn on the calling thread; returns in how many nanoseconds the next is due, unless woken before. */
    long turn() {
        lastTurn = time.nanoTime();
        busy = true;
        try {
            long pause = step.step();
            if (backoff.isFailing()) {
                log.info("{} works again", name);
                backoff.reset();
            }
            return pause;
        } catch (Throwable problem) {
            // Errors too: a thread that ended here would stop deliveries for good and say so nowhere.
            if (backoff.isFailing() || stopped) {
                log.debug("{} still fails", name, problem);
            } else {
                log.warn("{} failed and will be tried again until it works", name, problem);
            }
            return backoff.next(time.nanoTime());
        } finally {
            busy = false;
        }
    }
}
