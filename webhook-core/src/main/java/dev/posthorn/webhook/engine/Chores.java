package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.Chore;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.SubscriptionStore;
import dev.posthorn.webhook.spi.Ticket;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Does what enabling and deleting subscriptions left to be done to the deliveries that wait for them. */
final class Chores implements Upkeep.Duty {
    private static final Duration EVERY = Duration.ofSeconds(10);
    private static final int CHUNK = 500;

    private final SubscriptionStore subscriptions;
    private final DeliveryStore deliveries;
    private final DeliveryQueue queue;
    private final boolean queueIsStores;
    private final TimeSource time;
    private final long leaseNanos;
    private final Runnable onRestored;
    private final Map<Chore, Restoring> restoring = new HashMap<>();

    /** How far putting a subscription's deliveries back has come. */
    private static final class Restoring {
        @Nullable
        UUID reached;

        boolean listed;
        /** Tickets that a node held when they were listed. It may have been about to take them off the queue. */
        final ArrayDeque<Ticket> leased = new ArrayDeque<>();

        long leasesEndAt;
    }

    Chores(
            EngineSettings settings,
            SubscriptionStore subscriptions,
            DeliveryStore deliveries,
            DeliveryQueue queue,
            boolean queueIsStores,
            Runnable onRestored) {
        this.subscriptions = subscriptions;
        this.deliveries = deliveries;
        this.queue = queue;
        this.queueIsStores = queueIsStores;
        this.time = settings.time();
        this.leaseNanos = settings.lease().toNanos();
        this.onRestored = onRestored;
    }

    @Override
    public String name() {
        return "chores";
    }

    @Override
    public Duration every() {
        return EVERY;
    }

    @Override
    public boolean perform() {
        var chores = subscriptions.chores(CHUNK);
        restoring.keySet().retainAll(chores);
        boolean more = false;
        for (var chore : chores) {
            more |= chore.kind() == Chore.Kind.CANCEL ? cancel(chore) : restore(chore);
        }
        return more;
    }

    private boolean cancel(Chore chore) {
        var cancelled = deliveries.cancelPending(chore.subscriptionId(), CHUNK);
        if (!queueIsStores) {
            queue.remove(cancelled);
        }
        if (cancelled.size() == CHUNK) {
            return true;
        }
        subscriptions.choreDone(chore);
        return false;
    }

    private boolean restore(Chore chore) {
        var progress = restoring.computeIfAbsent(chore, each -> new Restoring());
        if (!progress.listed) {
            var tickets = deliveries.pending(chore.subscriptionId(), progress.reached, CHUNK);
            enqueue(tickets, progress);
            progress.listed = tickets.size() < CHUNK;
            progress.reached =
                    tickets.isEmpty() ? null : tickets.get(tickets.size() - 1).deliveryId();
            progress.leasesEndAt = time.nanoTime() + leaseNanos;
            return !progress.listed;
        }
        // A node that still thought the subscription disabled may have taken a ticket off after it was listed. Once
        // every
        // lease of that time has ended, what is still pending is put back for good.
        if (!progress.leased.isEmpty() && progress.leasesEndAt - time.nanoTime() > 0) {
            return false;
        }
        var chunk = progress.leased.stream().limit(CHUNK).toList();
        enqueue(chunk.stream().filter(this::isPending).toList(), null);
        // Not before: should the store fail, they are still to be put back.
        chunk.forEach(done -> progress.leased.remove());
        if (progress.leased.isEmpty()) {
            restoring.remove(chore);
            subscriptions.choreDone(chore);
            return false;
        }
        return true;
    }

    private boolean isPending(Ticket ticket) {
        return deliveries
                .find(ticket.deliveryId())
                .map(delivery -> !delivery.status().isTerminal())
                .orElse(false);
    }

    private void enqueue(List<Ticket> tickets, @Nullable Restoring progress) {
        if (tickets.isEmpty()) {
            return;
        }
        var alreadyLeased = queue.enqueue(tickets).alreadyLeased();
        if (progress != null) {
            tickets.stream()
                    .filter(ticket -> alreadyLeased.contains(ticket.deliveryId()))
                    .forEach(progress.leased::add);
        }
        onRestored.run();
    }
}
