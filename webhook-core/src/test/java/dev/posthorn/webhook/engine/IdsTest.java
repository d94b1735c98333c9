package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class IdsTest {
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-23T12:00:00Z"));
    private final Ids ids = new Ids(now::get, ThreadLocalRandom::current);

    @Test
    void areVersion7OfTheClocksMillisecond() {
        var id = ids.next();
        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(now.get().toEpochMilli());
    }

    @Test
    void ascendWithinAMillisecondAndWhenTheClockGoesBack() {
        var before = ids.next();
        for (int i = 0; i < 20_000; i++) {
            if (i == 10_000) {
                now.set(now.get().minusSeconds(3_600));
            }
            var next = ids.next();
            assertThat(next).isGreaterThan(before);
            before = next;
        }
    }

    @Test
    void areDifferentOnAllThreads() throws InterruptedException {
        var seen = ConcurrentHashMap.<UUID>newKeySet();
        var threads = Executors.newFixedThreadPool(4);
        for (int i = 0; i < 4; i++) {
            threads.execute(() -> {
                var mine = new ArrayList<UUID>();
                for (int n = 0; n < 10_000; n++) {
                    mine.add(ids.next());
                }
                seen.addAll(mine);
            });
        }
        threads.shutdown();
        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(seen).hasSize(40_000);
    }
}
