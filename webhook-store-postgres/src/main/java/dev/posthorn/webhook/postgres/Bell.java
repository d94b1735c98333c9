package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.spi.StoreException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wakes nodes of other processes, by {@code NOTIFY}. A transaction with one takes a lock on the whole database as it commits, so
 * it does nothing else, and comes from here at most once in {@link #PAUSE}. Whoever rings does not wait for it. Safe for
 * use by several threads.
 */
final class Bell {
    private static final Logger log = LoggerFactory.getLogger(Bell.class);

    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Database database;
    private final String channel;
    private final AtomicBoolean wanted = new AtomicBoolean();
    private final AtomicBoolean ringing = new AtomicBoolean();

    Bell(Database database, String channel) {
        this.database = database;
        this.channel = channel;
    }

    /** Rings soon, once for all calls until then. */
    void ring() {
        wanted.set(true);
        startRinging();
    }

    /** There is nobody to close a node that was never started, so the thread lasts only while there is something to tell. */
    private void startRinging() {
        if (!ringing.get() && ringing.compareAndSet(false, true)) {
            var thread = new Thread(this::ringWhileWanted, "posthorn-bell");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void ringWhileWanted() {
        try {
            while (wanted.getAndSet(false)) {
                ringOnce();
                TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        } finally {
            ringing.set(false);
        }
        if (wanted.get()) {
            startRinging();
        }
    }

    private void ringOnce() {
        try {
            database.statement(connection -> {
                try (var statement = connection.prepareStatement("SELECT pg_notify(?, '')")) {
                    statement.setString(1, channel);
                    return statement.execute();
                }
            });
        } catch (StoreException problem) {
            log.debug("nodes are not woken; they will look by themselves", problem);
        }
    }
}
