package dev.posthorn.webhook.transport;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that ends sends whose time is up or whose thread was interrupted: sockets notice neither. It looks at all
 * of them a few times a second, and not later than the next deadline, so that a send costs no more than being put into a
 * set and taken out. It also drops idle connections. Safe for use by several threads.
 */
final class Watchdog {
    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

    /** How long an interrupt may go unnoticed. */
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final long SHORTEST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long PRUNE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Set<Exchange> exchanges = ConcurrentHashMap.newKeySet();
    private final ConnectionPool pool;
    private final Thread thread;
    private volatile boolean isResting;
    private volatile boolean isClosed;
    // Of the thread alone.
    private long busyAt;
    private long prunedAt;

    Watchdog(ConnectionPool pool) {
        this.pool = pool;
        thread = Lookup.daemons("posthorn-watchdog").newThread(this::run);
    }

    void start() {
        thread.start();
    }

    /** Begins to watch over a send. Returns whether it may be made: not if this is closed. */
    boolean watch(Exchange exchange) {
        exchanges.add(exchange);
        if (isClosed) {
            exchanges.remove(exchange);
            return false;
        }
        if (isResting) {
            LockSupport.unpark(thread);
        }
        return true;
    }

    /** Ends what {@link #watch} began. */
    void forget(Exchange exchange) {
        exchanges.remove(exchange);
    }

    /** Ends all sends and the thread. */
    void close() {
        isClosed = true;
        for (var exchange : exchanges) {
            exchange.end(Failures.CLOSED);
        }
        LockSupport.unpark(thread);
    }

    private void run() {
        long start = System.nanoTime();
        busyAt = start;
        prunedAt = start;
        while (!isClosed) {
            try {
                step();
            } catch (Throwable problem) {
                // Without this thread nothing has a deadline any more.
                LOG.warn("the watchdog stumbled", problem);
                LockSupport.parkNanos(this, TICK_NANOS);
            }
        }
    }

    private void step() {
        long now = System.nanoTime();
        long wait = TICK_NANOS;
        for (var exchange : exchanges) {
            busyAt = now;
            wait = Math.min(wait, Math.max(SHORTEST_NANOS, exchange.check(now)));
        }
        if (now - prunedAt >= PRUNE_NANOS) {
            prunedAt = now;
            pool.prune();
        }
        if (now - busyAt < PRUNE_NANOS) {
            LockSupport.parkNanos(this, wait);
        } else {
            rest();
        }
    }

    /** Waits for the next send: in the order given, no send can begin unseen. */
    private void rest() {
        isResting = true;
        if (exchanges.isEmpty() && !isClosed) {
            if (pool.isEmpty()) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, PRUNE_NANOS);
            }
        }
        isResting = false;
    }
}
