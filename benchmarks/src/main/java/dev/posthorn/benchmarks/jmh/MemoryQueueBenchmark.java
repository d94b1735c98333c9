package dev.posthorn.benchmarks.jmh;

import dev.posthorn.webhook.memory.InMemoryDeliveryQueue;
import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A ticket's way through the queue in memory, in batches of 500 to 100 subscriptions: put on it, claimed, settled. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MemoryQueueBenchmark {
    private static final int BATCH = 500;
    private static final int SUBSCRIPTIONS = 100;

    /** How many tickets wait that are not due. */
    @Param({"0", "100000"})
    public int waiting;

    private final UUID[] subscriptions =
            Stream.generate(UUID::randomUUID).limit(SUBSCRIPTIONS).toArray(UUID[]::new);
    private final ClaimRequest request = new ClaimRequest(BATCH, Duration.ofMinutes(1), BATCH, Map.of());
    private InMemoryDeliveryQueue queue = InMemoryDeliveryQueue.create();
    private long made;

    /** Anew in each iteration. */
    @Setup(Level.Iteration)
    public void fill() {
        queue = InMemoryDeliveryQueue.create();
        var tickets = new ArrayList<Ticket>();
        for (int i = 0; i < waiting; i++) {
            tickets.add(ticket(i, Duration.ofDays(1)));
        }
        queue.enqueue(tickets);
    }

    private Ticket ticket(int i, Duration delay) {
        return Ticket.due(new UUID(made++, 0), subscriptions[i % SUBSCRIPTIONS], delay);
    }

    /** Each of a batch. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int enqueueClaimSettle() {
        var tickets = new ArrayList<Ticket>(BATCH);
        for (int i = 0; i < BATCH; i++) {
            tickets.add(ticket(i, Duration.ZERO));
        }
        queue.enqueue(tickets);
        var settlements = new ArrayList<Settlement>(BATCH);
        for (var lease : queue.claim(request).leases()) {
            settlements.add(new Settlement.Done(lease));
        }
        queue.settle(settlements);
        if (settlements.size() != BATCH) {
            throw new IllegalStateException(settlements.size() + " were claimed");
        }
        return settlements.size();
    }
}
