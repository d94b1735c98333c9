package dev.posthorn.webhook.engine;

import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Makes UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then 12 bits that count within the millisecond (§6.2, method 1),
 * then 62 random bits. Those of one maker always ascend, also if its clock goes back. Safe for use by several threads.
 */
final class Ids {
    private static final int COUNTER_BITS = 12;
    private static final long VERSION = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;
    private static final long RANDOM_MASK = 0x3FFF_FFFF_FFFF_FFFFL;

    private final Supplier<Instant> clock;
    private final Supplier<RandomGenerator> random;
    private final AtomicLong last = new AtomicLong();

    Ids(Supplier<Instant> clock, Supplier<RandomGenerator> random) {
        this.clock = clock;
        this.random = random;
    }

    /** What comes before all that are made from this moment on. */
    static UUID before(Instant moment) {
        return new UUID(moment.toEpochMilli() << 16, 0);
    }

    UUID next() {
        long earliest = clock.get().toEpochMilli() << COUNTER_BITS;
        // A full counter runs over into the milliseconds, which then lead the clock a little.
        long stamp = last.updateAndGet(previous -> Math.max(earliest, previous + 1));
        long high = (stamp >>> COUNTER_BITS << 16) | VERSION | (stamp & ((1 << COUNTER_BITS) - 1));
        long low = VARIANT | (random.get().nextLong() & RANDOM_MASK);
        return new UUID(high, low);
    }
}
