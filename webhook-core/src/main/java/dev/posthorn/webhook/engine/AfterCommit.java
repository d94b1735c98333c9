package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.engine.HandOff.Handing;
import dev.posthorn.webhook.spi.Appended;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts deliveries that were published in hosts' transactions on a queue that is not the store's own, once a host says that it
 * has committed. Which of its transactions that was is not told, so the store is asked what is there; what this node
 * published is all that is remembered, and for a time only. What is not found in that time reconciliation finds. Safe for
 * use by several threads.
 */
final class AfterCommit {
    private static final Logger log = LoggerFactory.getLogger(AfterCommit.class);

    private static final int MOST = 10_000;
    private static final int CHUNK = 1_000;
    private static final int MOST_CHUNKS = 10;

    private final DeliveryStore store;
    private final DeliveryQueue queue;
    private final TimeSource time;
    private final long keptNanos;
    /** When each was published, by the monotonic clock. */
    private final ConcurrentNavigableMap<UUID, Long> published = new ConcurrentSkipListMap<>();

    /** @param kept for how long a transaction's deliveries are remembered */
    AfterCommit(DeliveryStore store, DeliveryQueue queue, TimeSource time, Duration kept) {
        this.store = store;
        this.queue = queue;
        this.time = time;
        this.keptNanos = kept.toNanos();
    }

    /** Begins an append in a host's transaction. */
    Handing begin() {
        return new Handing() {
            @Override
            public @Nullable Duration lease(UUID deliveryId, UUID subscriptionId, int size) {
                return null;
            }

            @Override
            public void appended(List<Publication> publications, List<Appended> appended) {
                for (int i = 0; i < publications.size(); i++) {
                    if (!appended.get(i).receipt().duplicate() && published.size() < MOST) {
                        long now = time.nanoTime();
                        publications.get(i).deliveries().forEach(ticket -> published.put(ticket.deliveryId(), now));
                    }
                }
            }

            @Override
            public void end() {}
        };
    }

    /** Puts on the queue what has been committed. */
    void enqueue() {
        long now = time.nanoTime();
        published.values().removeIf(at -> now - at > keptNanos);
        var first = published.ceilingKey(new UUID(Long.MIN_VALUE, Long.MIN_VALUE));
        if (first == null) {
            return;
        }
        try {
            var after = new UUID(first.getMostSignificantBits(), first.getLeastSignificantBits() - 1);
            for (int chunk = 0; chunk < MOST_CHUNKS; chunk++) {
                var tickets = store.overdue(Duration.ZERO, after, CHUNK);
                var ours = tickets.stream()
                        .filter(ticket -> published.containsKey(ticket.deliveryId()))
                        .toList();
                if (!ours.isEmpty()) {
                    queue.enqueue(ours);
                    ours.forEach(ticket -> published.remove(ticket.deliveryId()));
                }
                if (tickets.size() < CHUNK) {
                    break;
                }
                after = tickets.get(CHUNK - 1).deliveryId();
            }
        } catch (StoreException problem) {
            log.debug("what was committed cannot be put on the queue now; it will be found there later", problem);
        }
    }
}
