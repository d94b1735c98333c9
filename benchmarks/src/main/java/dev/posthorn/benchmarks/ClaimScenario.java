package dev.posthorn.benchmarks;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.Ticket;
import dev.posthorn.webhook.tck.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * What a claim costs, and how long healthy subscriptions wait for theirs, while much waits that may not be taken. Tickets
 * are put on the queue every 20 ms, claimed as a dispatcher does, and settled.
 */
final class ClaimScenario {
    private static final Duration LEASE = Duration.ofMinutes(1);
    private static final long TICK = TimeUnit.MILLISECONDS.toNanos(20);
    private static final int LIMIT = 500;
    private static final int PER_SUBSCRIPTION = 64;
    private static final int RETRIES_EACH = 5;

    private final String name;
    private final Supplier<QueueUnderTest> queues;
    private final int million;
    private final int ticks;
    private final Random random = new Random(1);
    private final Samples samples = new Samples(Instant::now);
    private final List<UUID> healthy;

    /** A queue, and how it is filled. */
    interface QueueUnderTest extends AutoCloseable {
        DeliveryQueue queue();

        /** So many tickets for each, due after the delay, or before now if that is negative. */
        void fill(List<UUID> subscriptions, int each, Duration delay);

        @Override
        void close();
    }

    /** @param million how many tickets wait for a subscription that is closed */
    ClaimScenario(String name, Supplier<QueueUnderTest> queues, int million, int ticks) {
        this.name = name;
        this.queues = queues;
        this.million = million;
        this.ticks = ticks;
        healthy = ids(million / 50);
    }

    private List<UUID> ids(int count) {
        return Stream.generate(this::id).limit(count).toList();
    }

    private UUID id() {
        return samples.id();
    }

    void run() {
        System.out.printf(
                Locale.ROOT,
                "%nQueue %s, %,d subscriptions, limit %d, %d for a subscription, %.0f s each%n%n",
                name,
                healthy.size(),
                LIMIT,
                PER_SUBSCRIPTION,
                ticks * TICK / 1e9);
        System.out.println("| shape | claims | claim, median ms | p99 | most | healthy wait, median ms | p99 | most |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        try (var test = queues.get()) {
            run("(warming up)", test.queue(), 300, Map.of(), ticks);
            run("nothing due", test.queue(), 0, Map.of(), ticks);
            run("300/s", test.queue(), 300, Map.of(), ticks);
        }
        closed(1);
        closed(3);
        try (var test = queues.get()) {
            test.fill(healthy, RETRIES_EACH, Duration.ofHours(1));
            test.fill(ids(1), million / 20, Duration.ZERO);
            run(
                    "50/s beside a flood of %,d in an open lane".formatted(million / 20),
                    test.queue(),
                    50,
                    Map.of(),
                    ticks);
        }
        try (var test = queues.get()) {
            var limited = id();
            test.fill(healthy, RETRIES_EACH, Duration.ofHours(1));
            test.fill(List.of(limited), million / 100, Duration.ofMinutes(-10));
            var waiting = "300/s, %,d wait behind 20/s".formatted(million / 100);
            var allowances = new HashMap<UUID, Integer>();
            run(waiting, test.queue(), 300, allowances, ticks, tick -> allowances.put(limited, tick % 5 == 0 ? 2 : 0));
        }
    }

    private void closed(int lanes) {
        try (var test = queues.get()) {
            var dead = ids(lanes);
            var allowances = new HashMap<UUID, Integer>();
            dead.forEach(id -> allowances.put(id, 0));
            test.fill(healthy, RETRIES_EACH, Duration.ofHours(1));
            test.fill(dead, million, Duration.ofMinutes(-10));
            var shape =
                    "300/s, %,d wait in %s closed".formatted(million, lanes == 1 ? "a lane that is" : lanes + " lanes");
            run(shape + ", from the start of the node", test.queue(), 300, allowances, 50);
            run(shape, test.queue(), 300, allowances, ticks);
            var one = allowances.keySet().iterator().next();
            run(shape + ", one for a probe", test.queue(), 300, allowances, ticks, tick -> allowances.put(one, 1));
        }
    }

    /** What happens before a tick. */
    private interface Before {
        void tick(int tick);
    }

    private void run(String shape, DeliveryQueue queue, int perSecond, Map<UUID, Integer> allowances, int count) {
        run(shape, queue, perSecond, allowances, count, tick -> {});
    }

    private void run(
            String shape, DeliveryQueue queue, int perSecond, Map<UUID, Integer> allowances, int count, Before before) {
        var claims = new ArrayList<Long>();
        var waits = new ArrayList<Long>();
        var published = new HashMap<UUID, Long>();
        long start = System.nanoTime();
        for (int tick = 0; tick < count; tick++) {
            before.tick(tick);
            long next = start + (tick + 1) * TICK;
            var tickets = Stream.generate(
                            () -> Ticket.due(id(), healthy.get(random.nextInt(healthy.size())), Duration.ZERO))
                    .limit(perSecond * TICK / 1_000_000_000L)
                    .toList();
            queue.enqueue(tickets);
            tickets.forEach(ticket -> published.put(ticket.deliveryId(), System.nanoTime()));
            for (long wait = 0; wait < next - System.nanoTime(); ) {
                LockSupport.parkNanos(wait);
                wait = claim(queue, allowances, claims, waits, published);
            }
            LockSupport.parkNanos(next - System.nanoTime());
        }
        System.out.println(
                "| " + shape + " | " + claims.size() + " | " + spread(claims) + " | " + spread(waits) + " |");
        if (!published.isEmpty()) {
            System.out.println("  (" + published.size() + " were not claimed)");
        }
    }

    /** Returns how long until the next claim. */
    private static long claim(
            DeliveryQueue queue,
            Map<UUID, Integer> allowances,
            List<Long> claims,
            List<Long> waits,
            Map<UUID, Long> published) {
        var request = new ClaimRequest(LIMIT, LEASE, PER_SUBSCRIPTION, allowances);
        long began = System.nanoTime();
        var claimed = queue.claim(request);
        long ended = System.nanoTime();
        claims.add(ended - began);
        for (var lease : claimed.leases()) {
            var since = published.remove(lease.deliveryId());
            if (since != null) {
                waits.add(ended - since);
            }
        }
        queue.settle(
                claimed.leases().stream().<Settlement>map(Settlement.Done::new).toList());
        var nextDue = claimed.nextDue();
        return nextDue == null ? Long.MAX_VALUE : nextDue.toNanos();
    }

    private static String spread(List<Long> nanos) {
        if (nanos.isEmpty()) {
            return "– | – | –";
        }
        var sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
        return LongStream.of(sorted[sorted.length / 2], sorted[(int) (sorted.length * 0.99)], sorted[sorted.length - 1])
                .mapToObj(each -> String.format(Locale.ROOT, "%.2f", each / 1e6))
                .reduce((one, other) -> one + " | " + other)
                .orElseThrow();
    }
}
