package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.DeliveryStore;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Puts overdue deliveries back on a queue that is not the store's own, which may have lost them. Doing so for one that is
 * still there does no harm: a delivery has one ticket.
 */
final class Reconciliation implements Upkeep.Duty {
    private static final Duration EVERY = Duration.ofSeconds(30);
    private static final int CHUNK = 1_000;

    private final DeliveryStore store;
    private final DeliveryQueue queue;
    private final Duration overdueBy;
    private @Nullable UUID reached;

    Reconciliation(DeliveryStore store, DeliveryQueue queue, Duration overdueBy) {
        this.store = store;
        this.queue = queue;
        this.overdueBy = overdueBy;
    }

    @Override
    public String name() {
        return "reconciliation";
    }

    @Override
    public Duration every() {
        return EVERY;
    }

    @Override
    public boolean perform() {
        var tickets = store.overdue(overdueBy, reached, CHUNK);
        if (!tickets.isEmpty()) {
            queue.enqueue(tickets);
        }
        boolean more = tickets.size() == CHUNK;
        reached = more ? tickets.get(CHUNK - 1).deliveryId() : null;
        return more;
    }
}
