package dev.posthorn.benchmarks;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Claimed;
import dev.posthorn.webhook.spi.Coordination;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.Placed;
import dev.posthorn.webhook.spi.QueueStats;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.SubscriptionStore;
import dev.posthorn.webhook.spi.Ticket;
import dev.posthorn.webhook.spi.WebhookStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** A store that tells how long claims from its queue take. */
final class TimedClaims implements WebhookStore {
    private final WebhookStore store;
    private final DeliveryQueue queue;
    private final List<Long> nanos = new ArrayList<>();

    TimedClaims(WebhookStore store) {
        this.store = store;
        queue = store.queue().orElseThrow();
    }

    /** What the claims since it was last asked took, in milliseconds, from the shortest to the longest. */
    double[] take() {
        synchronized (nanos) {
            var millis = nanos.stream().mapToDouble(each -> each / 1e6).toArray();
            nanos.clear();
            Arrays.sort(millis);
            return millis;
        }
    }

    @Override
    public SubscriptionStore subscriptions() {
        return store.subscriptions();
    }

    @Override
    public DeliveryStore deliveries() {
        return store.deliveries();
    }

    @Override
    public Coordination coordination() {
        return store.coordination();
    }

    @Override
    public Optional<DeliveryQueue> queue() {
        return Optional.of(new Timed());
    }

    private final class Timed implements DeliveryQueue {
        @Override
        public Claimed claim(ClaimRequest request) {
            long start = System.nanoTime();
            try {
                return queue.claim(request);
            } finally {
                synchronized (nanos) {
                    nanos.add(System.nanoTime() - start);
                }
            }
        }

        @Override
        public Placed enqueue(List<Ticket> tickets) {
            return queue.enqueue(tickets);
        }

        @Override
        public Set<UUID> settle(List<Settlement> settlements) {
            return queue.settle(settlements);
        }

        @Override
        public void remove(Collection<UUID> deliveryIds) {
            queue.remove(deliveryIds);
        }

        @Override
        public int count(Collection<UUID> subscriptionIds, int atMost) {
            return queue.count(subscriptionIds, atMost);
        }

        @Override
        public Map<UUID, Integer> countEach(Collection<UUID> subscriptionIds, int atMost) {
            return queue.countEach(subscriptionIds, atMost);
        }

        @Override
        public QueueStats stats() {
            return queue.stats();
        }
    }
}
