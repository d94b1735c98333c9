package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** One seed of {@link ConcurrencyContract} on a queue alone. */
final class QueueRun {
    private static final Duration LEASE = Duration.ofMinutes(1);
    private static final int PRODUCERS = 2;
    private static final int NODES = 4;
    private static final int STEPS = 60;
    private static final int DRAINS = 200;

    private final DeliveryQueue queue;
    private final Consumer<Duration> advance;
    private final long seed;
    private final Samples samples;
    private final List<UUID> subscriptions;
    private final LeaseLedger ledger;
    private final Set<UUID> enqueued = ConcurrentHashMap.newKeySet();
    private final Set<UUID> done = ConcurrentHashMap.newKeySet();

    QueueRun(DeliveryQueue queue, Supplier<Instant> clock, Consumer<Duration> advance, long seed) {
        this.queue = queue;
        this.advance = advance;
        this.seed = seed;
        this.samples = new Samples(clock);
        this.ledger = new LeaseLedger(clock);
        this.subscriptions = Stream.generate(samples::id).limit(5).toList();
    }

    void run() {
        var threads = new ArrayList<Callable<Boolean>>();
        for (int i = 0; i < PRODUCERS + NODES; i++) {
            var random = new Random(seed * 31 + i);
            threads.add(i < PRODUCERS ? () -> produce(random) : () -> consume(random));
        }
        Race.of(threads);

        var random = new Random(seed);
        for (int i = 0; i < DRAINS && done.size() < enqueued.size(); i++) {
            advance.accept(LEASE.multipliedBy(2));
            settle(random, claim(new ClaimRequest(1_000, LEASE, 1_000, Map.of())));
        }
        assertThat(done).isEqualTo(enqueued);
        advance.accept(LEASE.multipliedBy(10));
        assertThat(claim(new ClaimRequest(10, LEASE, 10, Map.of()))).isEmpty();
        assertThat(queue.stats().tickets()).isZero();
    }

    private boolean produce(Random random) {
        for (int step = 0; step < STEPS; step++) {
            var tickets = Stream.generate(() -> ticket(random))
                    .limit(1 + random.nextInt(5))
                    .toList();
            tickets.forEach(ticket -> enqueued.add(ticket.deliveryId()));
            var before = ledger.now();
            var leases = queue.enqueue(tickets).leases();
            ledger.claimed(leases, before, LEASE);
            if (random.nextInt(4) > 0) {
                settle(random, leases);
            }
        }
        return true;
    }

    private Ticket ticket(Random random) {
        var subscription = subscriptions.get(random.nextInt(subscriptions.size()));
        return random.nextBoolean()
                ? samples.leasedTicket(subscription, LEASE)
                : samples.ticket(subscription, Duration.ofSeconds(random.nextInt(120)));
    }

    private boolean consume(Random random) {
        var late = new ArrayList<Lease>();
        for (int step = 0; step < STEPS; step++) {
            var leases = claim(request(random));
            var now = new ArrayList<Lease>();
            for (var lease : leases) {
                switch (random.nextInt(5)) {
                    case 0 -> {} // It dies with this one.
                    case 1 -> late.add(lease);
                    default -> now.add(lease);
                }
            }
            settle(random, now);
            if (random.nextInt(3) == 0) {
                advance.accept(Duration.ofSeconds(random.nextInt(40)));
            }
            if (random.nextInt(4) == 0) {
                // One by one: which of two leases on one delivery was lost, the answer does not tell.
                late.forEach(lease -> settle(random, List.of(lease)));
                late.clear();
            }
        }
        return true;
    }

    private ClaimRequest request(Random random) {
        var allowances = new HashMap<UUID, Integer>();
        for (var subscription : subscriptions) {
            if (random.nextInt(3) == 0) {
                allowances.put(subscription, random.nextInt(5));
            }
        }
        return new ClaimRequest(1 + random.nextInt(20), LEASE, random.nextInt(10), allowances);
    }

    private List<Lease> claim(ClaimRequest request) {
        var before = ledger.now();
        var leases = queue.claim(request).leases();
        ledger.claimed(leases, before, LEASE);
        assertThat(leases).hasSizeLessThanOrEqualTo(request.limit());
        for (var subscription : subscriptions) {
            assertThat(leases)
                    .filteredOn(lease -> lease.subscriptionId().equals(subscription))
                    .hasSizeLessThanOrEqualTo(request.allowance(subscription));
        }
        return leases;
    }

    private void settle(Random random, List<Lease> leases) {
        var settlements = leases.stream()
                .<Settlement>map(lease -> random.nextInt(3) > 0
                        ? new Settlement.Done(lease)
                        : new Settlement.Again(lease, Duration.ofSeconds(random.nextInt(120))))
                .toList();
        var superseded = leases.stream().filter(ledger::isSuperseded).toList();
        leases.forEach(ledger::ending);
        var lost = queue.settle(settlements);
        var after = ledger.now();

        assertThat(superseded)
                .as("leases on what another node has claimed since")
                .allMatch(lease -> lost.contains(lease.deliveryId()));
        for (var settlement : settlements) {
            var lease = settlement.lease();
            if (!lost.contains(lease.deliveryId())) {
                if (settlement instanceof Settlement.Done) {
                    assertThat(done.add(lease.deliveryId()))
                            .as("first end of %s", lease)
                            .isTrue();
                }
            } else {
                assertThat(ledger.isCurrent(lease, after))
                        .as("%s is lost while it lasts", lease)
                        .isFalse();
            }
        }
    }
}
