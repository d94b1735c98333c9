package dev.posthorn.benchmarks.jmh;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.SigningSecret;
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

/** One signature. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SigningBenchmark {
    /** How large what is signed is. */
    @Param({"512", "20480"})
    public int bytes;

    private final SigningSecret secret = SigningSecret.generate();
    private Bytes body = Bytes.utf8("");
    private long timestamp = 1_764_000_000;

    /** Before each trial. */
    @Setup
    public void fill() {
        body = Bytes.utf8("x".repeat(bytes));
    }

    /** By HMAC-SHA256. */
    @Benchmark
    public String v1() {
        return secret.sign("0192f0c1-3c44-7d5b-9a57-3f0e6a1b2c3d", timestamp++, body);
    }
}
