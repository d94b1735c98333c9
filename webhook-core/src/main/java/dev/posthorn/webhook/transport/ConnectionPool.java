package dev.posthorn.webhook.transport;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Connections that wait for their next request. The one used last is used next, so that those beyond what the load
 * needs grow old and go. Safe for use by several threads.
 */
final class ConnectionPool {
    /** Of all endpoints together; beyond, the one that waits longest is closed. */
    static final int MOST = 256;
    /** Of one endpoint, so that it cannot take the place of all others. */
    static final int MOST_OF_ENDPOINT = 128;
    /** How many of one endpoint may wait for the whole idle time. */
    static final int MOST_WITHOUT_LOAD = 2;

    static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(30);
    static final long IDLE_AFTER_LOAD_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** So that a change in the DNS is noticed. */
    static final long AGE_NANOS = TimeUnit.MINUTES.toNanos(2);

    private final LongSupplier clock;
    private final Map<Endpoint, ArrayDeque<Connection>> byEndpoint = new HashMap<>();
    // In the order in which they were given back.
    private final LinkedHashSet<Connection> all = new LinkedHashSet<>();
    private boolean isClosed;

    /** @param clock in nanoseconds, of which only differences mean anything */
    ConnectionPool(LongSupplier clock) {
        this.clock = clock;
    }

    /** The time connections are judged by. */
    long now() {
        return clock.getAsLong();
    }

    /** Takes out the connection to an endpoint that was used last, if it is not too old. */
    @Nullable
    Connection take(Endpoint endpoint) {
        while (true) {
            Connection taken;
            synchronized (this) {
                var waiting = byEndpoint.get(endpoint);
                if (waiting == null) {
                    return null;
                }
                taken = waiting.getLast();
                remove(taken);
            }
            if (!isTooOld(taken, now(), IDLE_NANOS)) {
                return taken;
            }
            taken.close();
        }
    }

    /** Puts a connection back, or closes it. */
    void give(Connection connection) {
        long now = now();
        connection.idleSince = now;
        var surplus = isTooOld(connection, now, IDLE_NANOS) ? connection : put(connection);
        if (surplus != null) {
            surplus.close();
        }
    }

    /** Returns what has to be closed for it. */
    private synchronized @Nullable Connection put(Connection connection) {
        if (isClosed) {
            return connection;
        }
        var waiting = byEndpoint.computeIfAbsent(connection.endpoint(), endpoint -> new ArrayDeque<>(2));
        waiting.addLast(connection);
        all.add(connection);
        Connection surplus = null;
        if (waiting.size() > MOST_OF_ENDPOINT) {
            surplus = waiting.getFirst();
        } else if (all.size() > MOST) {
            surplus = all.iterator().next();
        }
        if (surplus != null) {
            remove(surplus);
        }
        return surplus;
    }

    /** Closes those that have waited too long. */
    void prune() {
        takeOld(now()).forEach(Connection::close);
    }

    private synchronized List<Connection> takeOld(long now) {
        var old = new ArrayList<Connection>();
        for (var waiting : byEndpoint.values()) {
            int left = waiting.size();
            // Those at the front have waited longest.
            for (var connection : waiting) {
                if (isTooOld(connection, now, left > MOST_WITHOUT_LOAD ? IDLE_AFTER_LOAD_NANOS : IDLE_NANOS)) {
                    old.add(connection);
                    left--;
                }
            }
        }
        old.forEach(this::remove);
        return old;
    }

    synchronized boolean isEmpty() {
        return all.isEmpty();
    }

    synchronized int size() {
        return all.size();
    }

    /** Closes all, and from now on whatever is given back. */
    void close() {
        List<Connection> closing;
        synchronized (this) {
            isClosed = true;
            closing = List.copyOf(all);
            all.clear();
            byEndpoint.clear();
        }
        closing.forEach(Connection::close);
    }

    private void remove(Connection connection) {
        all.remove(connection);
        var waiting = byEndpoint.get(connection.endpoint());
        if (waiting != null && waiting.removeLastOccurrence(connection) && waiting.isEmpty()) {
            byEndpoint.remove(connection.endpoint());
        }
    }

    private static boolean isTooOld(Connection connection, long now, long idle) {
        return now - connection.idleSince >= idle || now - connection.madeAt() >= AGE_NANOS;
    }
}
