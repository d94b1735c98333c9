package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.BreakerPolicy;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.engine.Dispatch.Sending;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Loaded;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.tck.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A delivery's way through its lane: it arrives, an attempt at another ends, and the next one is chosen among all lanes. 64 are in
 * flight, and in each lane four are waiting. Nothing is sent.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LanesBenchmark {
    private static final int IN_FLIGHT = 64;
    private static final int IN_LANE = 4;
    private static final Duration LEASE = Duration.ofDays(1);
    private static final Lesson SUCCESS = Lesson.of(AttemptOutcome.SUCCEEDED, 204, Duration.ofMillis(1), Duration.ZERO);

    /** How many lanes there are. */
    @Param({"100", "10000"})
    public int lanes;

    private final ArrayDeque<Sending> sendings = new ArrayDeque<>();
    private final Dispatch dispatch;
    private final Holdings holdings;

    /** Ready to be filled. */
    public LanesBenchmark() {
        var time = TimeSource.system();
        var settings = new EngineSettings(
                "node",
                time,
                IN_FLIGHT,
                32,
                null,
                BreakerPolicy.standard(),
                500,
                1_000_000,
                Long.MAX_VALUE,
                LEASE,
                Duration.ofSeconds(15),
                RetryPolicy.standard(),
                Duration.ofDays(1),
                Duration.ofHours(1),
                Duration.ofSeconds(1),
                Duration.ofDays(3),
                null,
                null,
                null);
        var store = InMemoryWebhookStore.create(time);
        holdings = new Holdings(settings, id -> new LaneLimits(32, null), () -> 1, Random::new);
        var recorder = new Recorder(
                settings, store.deliveries(), store.queue().orElseThrow(), true, holdings, new Vitals(time));
        dispatch = new Dispatch(settings, holdings, recorder, new Sends() {
            @Override
            public void start(Sending first, Dispatch by) {
                sendings.add(first);
            }

            @Override
            public void stop() {
                sendings.clear();
            }
        });
    }

    /** Brings all deliveries to their lanes. */
    @Setup
    public void fill() {
        var samples = new Samples(Instant::now);
        var event = samples.event();
        for (int lane = 0; lane < lanes; lane++) {
            var subscription = new UUID(lane, 1);
            for (int i = 0; i < IN_LANE; i++) {
                var lease = new Lease(samples.id(), subscription, 1);
                var held = Objects.requireNonNull(holdings.hold(lease, System.nanoTime() + LEASE.toNanos()));
                held.content(Loaded.Ready.appended(lease, event), System.nanoTime());
                dispatch.arrive(List.of(held));
            }
        }
        dispatch.step();
        // Until all lanes have shown that they are quick, not all permits are used.
        for (int i = 0; i < IN_LANE * lanes; i++) {
            next();
            dispatch.step();
        }
        if (sendings.size() != IN_FLIGHT) {
            throw new IllegalStateException(sendings.size() + " are in flight");
        }
    }

    /** One ends and goes to the end of its lane, and another begins. */
    @Benchmark
    public Object next() {
        var ended = sendings.remove();
        dispatch.arrive(List.of(ended.delivery()));
        var next = dispatch.nextAfter(ended, SUCCESS);
        if (next == null) {
            throw new IllegalStateException("nothing may be sent");
        }
        sendings.add(next);
        return next;
    }
}
