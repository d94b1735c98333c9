package dev.posthorn.webhook.behaviour;

import dev.posthorn.webhook.memory.InMemoryDeliveryQueue;
import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Claimed;
import dev.posthorn.webhook.spi.OutsideQueue;
import dev.posthorn.webhook.spi.Placed;
import dev.posthorn.webhook.spi.QueueStats;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.Ticket;
import dev.posthorn.webhook.spi.TimeSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** A queue that can lose everything, and remembers which tickets were put on it. */
final class LosableQueue implements OutsideQueue {
    private final TimeSource time;
    private volatile InMemoryDeliveryQueue real;
    private final List<UUID> enqueued = new ArrayList<>();

    LosableQueue(TimeSource time) {
        this.time = time;
        loseEverything();
    }

    void loseEverything() {
        real = InMemoryDeliveryQueue.create(time);
    }

    /** How often a ticket for this delivery was put on it. */
    int enqueued(UUID deliveryId) {
        synchronized (enqueued) {
            return (int) enqueued.stream().filter(deliveryId::equals).count();
        }
    }

    @Override
    public Placed enqueue(List<Ticket> tickets) {
        synchronized (enqueued) {
            tickets.forEach(ticket -> enqueued.add(ticket.deliveryId()));
        }
        return real.enqueue(tickets);
    }

    @Override
    public Claimed claim(ClaimRequest request) {
        return real.claim(request);
    }

    @Override
    public Set<UUID> settle(List<Settlement> settlements) {
        return real.settle(settlements);
    }

    @Override
    public void remove(Collection<UUID> deliveryIds) {
        real.remove(deliveryIds);
    }

    @Override
    public int count(Collection<UUID> subscriptionIds, int atMost) {
        return real.count(subscriptionIds, atMost);
    }

    @Override
    public Map<UUID, Integer> countEach(Collection<UUID> subscriptionIds, int atMost) {
        return real.countEach(subscriptionIds, atMost);
    }

    @Override
    public QueueStats stats() {
        return real.stats();
    }

    @Override
    public Optional<String> mark() {
        return real.mark();
    }

    @Override
    public boolean mark(String before, String mark) {
        return real.mark(before, mark);
    }
}
