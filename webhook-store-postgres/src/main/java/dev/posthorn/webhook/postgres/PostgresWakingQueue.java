package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.spi.WakingQueue;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue, of which nodes of other processes hear by {@code LISTEN}. A node keeps a connection for that while it is started, so that it
 * misses nothing between two waits.
 */
final class PostgresWakingQueue extends PostgresDeliveryQueue implements WakingQueue {
    private static final Logger log = LoggerFactory.getLogger(PostgresWakingQueue.class);

    /** Whoever closes a node may wait for one answer. */
    private static final int ANSWER_MILLIS = 2_000;

    private final Database database;
    private final String channel;
    private final Bell bell;

    private final Object lock = new Object();
    // Of those who wait at the moment none is here.
    private final Deque<Ear> kept = new ArrayDeque<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile int stops;

    PostgresWakingQueue(Database database) {
        super(database);
        this.database = database;
        // A channel is an identifier of at most 63 characters. Stores that share one by chance are only woken too
        // often.
        channel = "posthorn_" + Integer.toHexString(database.names().prefix().hashCode());
        bell = new Bell(database, channel);
    }

    @Override
    public void wake() {
        bell.ring();
    }

    @Override
    public boolean await(Duration atMost) {
        waiting.incrementAndGet();
        try {
            return awaitRing(atMost);
        } finally {
            waiting.decrementAndGet();
        }
    }

    private boolean awaitRing(Duration atMost) {
        int stopsBefore = stops;
        long deadline = System.nanoTime() + atMost.toNanos();
        var known = takeKept();
        try {
            var ear = known == null ? Ear.open(database.connection(), channel, ANSWER_MILLIS) : known;
            boolean isWell = false;
            try {
                // What was told while nobody listened is not known, so a new ear always has the node look.
                boolean isWoken = known == null || isRung(ear, deadline, stopsBefore);
                isWell = true;
                return isWoken;
            } finally {
                if (!isWell || !keep(ear, stopsBefore)) {
                    close(ear);
                }
            }
        } catch (SQLException problem) {
            throw SqlFailures.of(problem);
        }
    }

    private boolean isRung(Ear ear, long deadline, int stopsBefore) throws SQLException {
        ear.listen();
        do {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (ear.hears((int) Math.max(1, Math.min(Integer.MAX_VALUE, left)))) {
                return true;
            }
        } while (stops == stopsBefore && System.nanoTime() - deadline < 0);
        return false;
    }

    private @Nullable Ear takeKept() {
        synchronized (lock) {
            return kept.poll();
        }
    }

    private boolean keep(Ear ear, int stopsBefore) {
        synchronized (lock) {
            return stops == stopsBefore && kept.add(ear);
        }
    }

    /** Nodes that share this queue and go on take another connection. */
    @Override
    public void stopWaiting() {
        List<Ear> left;
        synchronized (lock) {
            stops++;
            left = new ArrayList<>(kept);
            kept.clear();
        }
        left.forEach(PostgresWakingQueue::close);
        if (waiting.get() > 0) {
            // Those sleep until the server tells them something. Other nodes only look once more than they would.
            bell.ring();
        }
    }

    private static void close(Ear ear) {
        try {
            ear.close();
        } catch (SQLException problem) {
            log.debug("a connection that listened has died", problem);
        }
    }
}
