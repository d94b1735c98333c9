package dev.posthorn.webhook.memory;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.Delivery;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Loaded;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A delivery as the in-memory store keeps it; changed with the store's lock held. */
final class DeliveryRow {
    final UUID id;
    final EventRow event;
    final UUID subscriptionId;
    final List<Attempt> attempts = new ArrayList<>(1);
    DeliveryStatus status = DeliveryStatus.PENDING;

    @Nullable
    FailureReason failure;

    long version = Loaded.Ready.FIRST_VERSION - 1;
    int attemptsThisRound;
    /** It has left the store, and is only still to be taken out of lists. */
    boolean isForgotten;
    /** Readings of the monotonic clock decide; the wall clock's are for people, and it may jump. */
    long firstDueAt;

    long dueAt;

    @Nullable
    Instant nextAttemptAt;

    @Nullable
    Instant completedAt;

    DeliveryRow(UUID id, EventRow event, UUID subscriptionId) {
        this.id = id;
        this.event = event;
        this.subscriptionId = subscriptionId;
    }

    /** Returns whether it was not there before. */
    boolean add(Attempt attempt) {
        return attempts.stream().noneMatch(before -> before.id().equals(attempt.id())) && attempts.add(attempt);
    }

    void complete(DeliveryStatus newStatus, @Nullable FailureReason newFailure, Instant now) {
        version++;
        status = newStatus;
        failure = newFailure;
        nextAttemptAt = null;
        completedAt = now;
    }

    void waitFor(Duration delay, TimeSource time) {
        version++;
        dueAt = time.nanoTime() + delay.toNanos();
        nextAttemptAt = time.now().plus(delay);
    }

    void beginRound(Duration delay, TimeSource time) {
        waitFor(delay, time);
        status = DeliveryStatus.PENDING;
        failure = null;
        completedAt = null;
        firstDueAt = dueAt;
        attemptsThisRound = 0;
    }

    Duration untilDue(TimeSource time) {
        return Duration.ofNanos(Math.max(0, dueAt - time.nanoTime()));
    }

    boolean wasFirstDue(Duration ago, TimeSource time) {
        return time.nanoTime() - firstDueAt >= ago.toNanos();
    }

    boolean isDueFor(Duration atLeast, TimeSource time) {
        return time.nanoTime() - dueAt >= atLeast.toNanos();
    }

    Delivery toDelivery() {
        var published = event.event;
        return new Delivery(
                id,
                published.id(),
                subscriptionId,
                published.tenant(),
                published.type(),
                status,
                failure,
                attempts.size(),
                nextAttemptAt,
                published.publishedAt(),
                completedAt);
    }

    Loaded.Ready toReady(Lease lease, TimeSource time) {
        return new Loaded.Ready(
                lease,
                event.event,
                version,
                attempts.size(),
                attemptsThisRound,
                Duration.ofNanos(time.nanoTime() - firstDueAt));
    }
}
