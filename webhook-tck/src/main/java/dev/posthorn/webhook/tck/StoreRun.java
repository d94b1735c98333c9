package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Loaded;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.Ticket;
import dev.posthorn.webhook.spi.WebhookStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * One seed of {@link ConcurrencyContract} on a store with its queue: threads publish, send as dispatchers do, and cancel
 * and retry by hand, all at once.
 */
final class StoreRun {
    private static final Duration LEASE = Duration.ofMinutes(1);
    private static final int PRODUCERS = 2;
    private static final int NODES = 3;
    private static final int STEPS = 40;
    private static final int DRAINS = 200;

    private final DeliveryStore deliveries;
    private final DeliveryQueue queue;
    private final boolean queueIsOutside;
    private final Consumer<Duration> advance;
    private final long seed;
    private final Samples samples;
    private final List<UUID> subscriptions = new ArrayList<>();

    private final LeaseLedger ledger;
    private final Queue<UUID> appended = new ConcurrentLinkedQueue<>();
    private final Queue<Attempt> recorded = new ConcurrentLinkedQueue<>();
    private final Set<UUID> cancelled = ConcurrentHashMap.newKeySet();
    private final Set<UUID> retriedByHand = ConcurrentHashMap.newKeySet();
    private final Set<UUID> succeeded = ConcurrentHashMap.newKeySet();

    StoreRun(WebhookStore store, DeliveryQueue queue, Supplier<Instant> clock, Consumer<Duration> advance, long seed) {
        this.deliveries = store.deliveries();
        this.queue = queue;
        this.queueIsOutside = store.queue().isEmpty();
        this.advance = advance;
        this.seed = seed;
        this.samples = new Samples(clock);
        this.ledger = new LeaseLedger(clock);
        for (int i = 0; i < 4; i++) {
            var subscription = samples.subscription();
            store.subscriptions().insert(subscription);
            subscriptions.add(subscription.subscription().id());
        }
    }

    void run() {
        var threads = new ArrayList<Callable<Boolean>>();
        for (int i = 0; i < PRODUCERS + NODES + 1; i++) {
            var random = new Random(seed * 31 + i);
            threads.add(
                    i < PRODUCERS
                            ? () -> publish(random)
                            : i < PRODUCERS + NODES ? () -> deliver(random) : () -> operate(random));
        }
        Race.of(threads);

        for (int i = 0; i < DRAINS && somethingIsPending(); i++) {
            advance.accept(LEASE.multipliedBy(2));
            putBackOverdue();
            var loaded = deliveries.load(claim(1_000), Long.MAX_VALUE);
            settle(loaded.settlements());
            record(loaded.ready().stream().map(this::success).toList(), true);
        }
        assertEverythingEnded();
    }

    private boolean somethingIsPending() {
        return subscriptions.stream()
                .anyMatch(id -> !deliveries.pending(id, null, 1).isEmpty());
    }

    private boolean publish(Random random) {
        for (int step = 0; step < STEPS; step++) {
            var tickets = Stream.generate(() -> ticket(random))
                    .limit(1 + random.nextInt(3))
                    .toList();
            var publication = samples.publication(samples.event(), tickets.toArray(Ticket[]::new));
            var before = ledger.now();
            var leases = deliveries.append(List.of(publication)).get(0).leases();
            tickets.forEach(ticket -> appended.add(ticket.deliveryId()));
            if (queueIsOutside) {
                if (random.nextInt(10) == 0) {
                    continue; // It dies before it tells the queue.
                }
                before = ledger.now();
                leases = queue.enqueue(tickets).leases();
            }
            ledger.claimed(leases, before, LEASE);
            if (random.nextInt(4) > 0) {
                record(
                        leases.stream()
                                .map(lease -> outcome(random, Loaded.Ready.appended(lease, publication.event())))
                                .toList(),
                        true);
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

    private boolean deliver(Random random) {
        var late = new ArrayList<DeliveryOutcome>();
        for (int step = 0; step < STEPS; step++) {
            var ended = Set.copyOf(succeeded);
            var loaded = deliveries.load(claim(1 + random.nextInt(20)), random.nextInt(500));
            settle(loaded.settlements());
            var now = new ArrayList<DeliveryOutcome>();
            for (var ready : loaded.ready()) {
                assertThat(ended.contains(Scene.id(ready)) && !retriedByHand.contains(Scene.id(ready)))
                        .as("%s is loaded again after it succeeded", ready.lease())
                        .isFalse();
                switch (random.nextInt(6)) {
                    case 0 -> {} // It dies with this one.
                    case 1 -> late.add(outcome(random, ready));
                    default -> now.add(outcome(random, ready));
                }
            }
            record(now, random.nextInt(8) > 0);
            if (random.nextInt(3) == 0) {
                advance.accept(Duration.ofSeconds(random.nextInt(40)));
            }
            if (random.nextInt(4) == 0) {
                // One by one: which of two outcomes of one delivery was refused, the answer does not tell.
                late.forEach(outcome -> record(List.of(outcome), true));
                late.clear();
            }
            if (random.nextInt(10) == 0) {
                putBackOverdue();
            }
        }
        return true;
    }

    private boolean operate(Random random) {
        for (int step = 0; step < STEPS; step++) {
            var all = List.copyOf(appended);
            if (all.isEmpty()) {
                continue;
            }
            var id = all.get(random.nextInt(all.size()));
            ledger.exempt(id);
            if (random.nextBoolean()) {
                cancelled.add(id);
                if (!deliveries.cancel(List.of(id)).isEmpty() && queueIsOutside) {
                    queue.remove(List.of(id));
                }
            } else {
                retriedByHand.add(id);
                var retried = deliveries.retry(Map.of(id, Duration.ofSeconds(random.nextInt(60))));
                if (queueIsOutside) {
                    queue.enqueue(retried.tickets());
                }
            }
        }
        return true;
    }

    private DeliveryOutcome outcome(Random random, Loaded.Ready ready) {
        int number = ready.attemptCount() + 1;
        var rejected = samples.rejected(Scene.id(ready), number);
        return switch (random.nextInt(4)) {
            case 0 ->
                DeliveryOutcome.retry(
                        ready.lease(), ready.version(), rejected, Duration.ofSeconds(random.nextInt(120)));
            case 1 -> DeliveryOutcome.failed(ready.lease(), ready.version(), rejected, FailureReason.EXHAUSTED);
            default -> success(ready);
        };
    }

    private DeliveryOutcome success(Loaded.Ready ready) {
        return DeliveryOutcome.succeeded(
                ready.lease(), ready.version(), samples.succeeded(Scene.id(ready), ready.attemptCount() + 1));
    }

    /**
     * Records outcomes and ends their leases.
     *
     * @param lives false if the node dies in between, where the queue is outside
     */
    private void record(List<DeliveryOutcome> outcomes, boolean lives) {
        var superseded = outcomes.stream()
                .filter(outcome -> ledger.isSuperseded(outcome.lease()))
                .toList();
        outcomes.forEach(outcome -> ledger.ending(outcome.lease()));
        var refused = deliveries.record(outcomes);
        for (var outcome : outcomes) {
            if (outcome.attempt() != null) {
                recorded.add(outcome.attempt());
            }
            if (outcome.status() == DeliveryStatus.SUCCEEDED) {
                succeeded.add(outcome.deliveryId());
            }
        }
        if (!queueIsOutside) {
            // A success stands even then.
            assertThat(superseded)
                    .filteredOn(outcome -> outcome.status() != DeliveryStatus.SUCCEEDED)
                    .allMatch(outcome -> refused.contains(outcome.deliveryId()));
        } else if (lives) {
            var lost = queue.settle(
                    outcomes.stream().map(DeliveryOutcome::settlement).toList());
            assertThat(superseded).allMatch(outcome -> lost.contains(outcome.deliveryId()));
        }
    }

    private void settle(List<Settlement> settlements) {
        settlements.forEach(settlement -> ledger.ending(settlement.lease()));
        queue.settle(settlements);
    }

    private List<Lease> claim(int limit) {
        var before = ledger.now();
        var leases =
                queue.claim(new ClaimRequest(limit, LEASE, limit, Map.of())).leases();
        ledger.claimed(leases, before, LEASE);
        return leases;
    }

    /** What an outside queue was not told, or has lost. */
    private void putBackOverdue() {
        if (queueIsOutside) {
            queue.enqueue(deliveries.overdue(LEASE, null, 1_000));
        }
    }

    private void assertEverythingEnded() {
        var attempts = new HashMap<UUID, Set<UUID>>();
        var successes = new HashSet<UUID>();
        for (var attempt : recorded) {
            attempts.computeIfAbsent(attempt.deliveryId(), id -> new HashSet<>())
                    .add(attempt.id());
            if (attempt.outcome() == AttemptOutcome.SUCCEEDED) {
                successes.add(attempt.deliveryId());
            }
        }
        for (var id : appended) {
            var delivery = deliveries.find(id).orElseThrow(() -> new AssertionError(id + " is not there"));
            assertThat(delivery.status().isTerminal())
                    .as("%s has ended", delivery)
                    .isTrue();
            assertThat(deliveries.attempts(id))
                    .extracting(Attempt::id)
                    .containsExactlyInAnyOrderElementsOf(attempts.getOrDefault(id, Set.of()));
            if (successes.contains(id) && !retriedByHand.contains(id)) {
                assertThat(delivery.status()).isEqualTo(DeliveryStatus.SUCCEEDED);
            }
            if (delivery.status() == DeliveryStatus.CANCELLED) {
                assertThat(cancelled).contains(id);
            }
        }
        advance.accept(LEASE.multipliedBy(10));
        var left = deliveries.load(claim(1_000), Long.MAX_VALUE);
        assertThat(left.ready()).isEmpty();
        settle(left.settlements());
        assertThat(queue.stats().tickets()).isZero();
    }
}
