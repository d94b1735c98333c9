package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.spi.EndpointReport;
import dev.posthorn.webhook.spi.SubscriptionStore;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Gathers what this node's attempts tell of endpoints, and reports it to the store once a minute: one statement for a
 * thousand subscriptions, and none for a delivery. What cannot be reported is kept, at most two tallies for a subscription.
 * Every node does this, whether or not it disables what fails, because a success on any of them counts. Safe for use by
 * several threads.
 */
final class EndpointReports implements Upkeep.Duty {
    private static final Duration EVERY = Duration.ofMinutes(1);
    private static final int CHUNK = 1_000;

    private final SubscriptionStore store;
    private final TimeSource time;
    /** Guarded by itself, and never for as long as the store takes. */
    private final Map<UUID, Tally> tallies = new HashMap<>();

    private final ReentrantLock sending = new ReentrantLock();
    /** Taken from the tallies and not reported yet; oldest first. */
    private final ArrayDeque<Tally> unsent = new ArrayDeque<>();

    /** Of one subscription: whether it succeeded, and its failures since it last did. */
    private static final class Tally {
        final UUID subscriptionId;
        long version;
        boolean succeeded;
        int failures;
        long firstAt;
        long lastAt;

        Tally(UUID subscriptionId) {
            this.subscriptionId = subscriptionId;
        }

        void note(long newVersion, boolean success, long now) {
            if (newVersion < version) {
                // Of settings that are no more.
                return;
            }
            if (success || newVersion > version) {
                version = newVersion;
                succeeded = success;
                failures = 0;
            }
            if (!success) {
                firstAt = failures == 0 ? now : firstAt;
                lastAt = now;
                failures++;
            }
        }

        /** Takes the failures off, which came after a success and are to be told after it. */
        Tally split() {
            var later = new Tally(subscriptionId);
            later.version = version;
            later.failures = failures;
            later.firstAt = firstAt;
            later.lastAt = lastAt;
            failures = 0;
            return later;
        }

        EndpointReport report(long now) {
            return failures == 0
                    ? EndpointReport.works(subscriptionId, version)
                    : new EndpointReport(
                            subscriptionId,
                            version,
                            failures,
                            Duration.ofNanos(now - firstAt),
                            Duration.ofNanos(now - lastAt));
        }
    }

    EndpointReports(SubscriptionStore store, TimeSource time) {
        this.store = store;
        this.time = time;
    }

    /** An attempt was recorded. */
    void note(UUID subscriptionId, Attempt attempt) {
        boolean succeeded = attempt.outcome() == AttemptOutcome.SUCCEEDED;
        if (succeeded || attempt.outcome().countsAgainstEndpoint()) {
            note(subscriptionId, attempt.subscriptionVersion(), succeeded, time.nanoTime());
        }
    }

    private void note(UUID subscriptionId, long version, boolean succeeded, long now) {
        synchronized (tallies) {
            tallies.computeIfAbsent(subscriptionId, Tally::new).note(version, succeeded, now);
        }
    }

    @Override
    public String name() {
        return "endpoint-reports";
    }

    @Override
    public Duration every() {
        return EVERY;
    }

    @Override
    public boolean perform() {
        sending.lock();
        try {
            if (unsent.isEmpty()) {
                take();
            }
            send();
            return !unsent.isEmpty();
        } finally {
            sending.unlock();
        }
    }

    /** Reports all there is, at the end, unless the store is taking its time over an earlier report. */
    void performLast() {
        if (!sending.tryLock()) {
            return;
        }
        try {
            while (!unsent.isEmpty() || take()) {
                send();
            }
        } finally {
            sending.unlock();
        }
    }

    private void send() {
        long now = time.nanoTime();
        var chunk = unsent.stream().limit(CHUNK).toList();
        if (!chunk.isEmpty()) {
            store.report(chunk.stream().map(tally -> tally.report(now)).toList());
            chunk.forEach(sent -> unsent.remove());
        }
    }

    private boolean take() {
        synchronized (tallies) {
            unsent.addAll(tallies.values());
            tallies.clear();
            for (var tally : unsent) {
                if (tally.succeeded && tally.failures > 0) {
                    tallies.put(tally.subscriptionId, tally.split());
                }
            }
        }
        return !unsent.isEmpty();
    }
}
