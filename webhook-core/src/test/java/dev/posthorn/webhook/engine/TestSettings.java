package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.BreakerPolicy;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Settings for tests of the engine's parts. */
final class TestSettings {
    static final Duration LEASE = Duration.ofSeconds(60);

    private TestSettings() {}

    /** 10 in flight, 4 for each subscription; batches of 50; 100 held, and 10,000 bytes. */
    static EngineSettings small(TimeSource time, @Nullable BreakerPolicy breaker) {
        return new EngineSettings(
                "node",
                time,
                10,
                4,
                null,
                breaker,
                50,
                100,
                10_000,
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
    }
}
