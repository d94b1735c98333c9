package dev.posthorn.webhook.engine;

import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Which of 100,000 subscriptions want a type that was never asked for before; ten do. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MatchingBenchmark {
    private static final int SUBSCRIPTIONS = 100_000;
    private static final int GROUPS = 10_000;

    private final EventTypeIndex index = new EventTypeIndex();
    private int n;

    /** A third want all of a group, the others all things of it that are done. */
    @Setup
    public void fill() {
        for (int i = 0; i < SUBSCRIPTIONS; i++) {
            var group = "group" + i % GROUPS;
            index.add(new UUID(i, 0), List.of(i % 3 == 0 ? group + ".**" : group + ".*.done"));
        }
    }

    /** Of a type with three segments. */
    @Benchmark
    public Set<UUID> wanting() {
        n++;
        return index.wanting("group" + n % GROUPS + ".thing" + n + ".done");
    }
}
