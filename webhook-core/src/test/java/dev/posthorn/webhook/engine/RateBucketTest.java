package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.RateLimit;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateBucketTest {
    private final ManualTime time = new ManualTime();

    private int takeAll(RateBucket bucket) {
        int taken = 0;
        while (bucket.nanosToNext(time.nanoTime()) == 0) {
            bucket.take();
            taken++;
        }
        return taken;
    }

    @Test
    void givesABurstAndThenTheRate() {
        var bucket = new RateBucket(RateLimit.perSecond(20), 1, time.nanoTime());
        assertThat(takeAll(bucket)).isEqualTo(20);
        assertThat(bucket.nanosToNext(time.nanoTime())).isEqualTo(50_000_000);
        time.advance(Duration.ofMillis(49));
        assertThat(takeAll(bucket)).isZero();
        time.advance(Duration.ofMillis(1));
        assertThat(takeAll(bucket)).isEqualTo(1);
    }

    @Test
    void keepsNoMoreThanABurst() {
        var bucket = new RateBucket(RateLimit.perSecond(20).burst(5), 1, time.nanoTime());
        time.advance(Duration.ofHours(1));
        assertThat(bucket.isFull(time.nanoTime())).isTrue();
        assertThat(takeAll(bucket)).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void allNodesTogetherKeepTheRate(int nodes) {
        var buckets = IntStream.range(0, nodes)
                .mapToObj(node -> new RateBucket(RateLimit.perMinute(90).burst(3), nodes, time.nanoTime()))
                .toList();
        int taken = 0;
        for (int tenths = 0; tenths < 6_000; tenths++) {
            taken += buckets.stream().mapToInt(this::takeAll).sum();
            time.advance(Duration.ofMillis(100));
        }
        // Ten minutes, and the burst; each node may have a part of a token left.
        assertThat(taken).isBetween(900 - nodes, 903);
    }

    @Test
    void evenOneAMinuteCanBeShared() {
        var bucket = new RateBucket(RateLimit.perMinute(1), 3, time.nanoTime());
        assertThat(takeAll(bucket)).as("a third of the burst").isZero();
        time.advance(Duration.ofMinutes(2));
        assertThat(takeAll(bucket)).isEqualTo(1);
        time.advance(Duration.ofMinutes(3));
        assertThat(takeAll(bucket)).isEqualTo(1);
    }

    @Test
    void whenANodeIsLostTheOthersTakeItsPart() {
        var bucket = new RateBucket(RateLimit.perSecond(30).burst(1), 3, time.nanoTime());
        takeAll(bucket);
        time.advance(Duration.ofMillis(100));
        assertThat(takeAll(bucket)).isEqualTo(1);
        bucket.share(2, time.nanoTime());
        time.advance(Duration.ofNanos(66_666_668));
        assertThat(takeAll(bucket)).isEqualTo(1);
    }

    @Test
    void tellsWhatItWillHaveGiven() {
        var bucket = new RateBucket(RateLimit.perSecond(10).burst(2), 1, time.nanoTime());
        assertThat(bucket.within(Duration.ofSeconds(2).toNanos(), time.nanoTime()))
                .isEqualTo(22);
        takeAll(bucket);
        assertThat(bucket.within(Duration.ofMillis(99).toNanos(), time.nanoTime()))
                .isZero();
    }
}
