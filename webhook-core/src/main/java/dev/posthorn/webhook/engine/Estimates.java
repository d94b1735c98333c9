package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * What is pending for each of some subscriptions, or tenants, as far as is known. Not safe for use by several threads.
 *
 * @param <K> what there is a bound for
 */
final class Estimates<K> {
    private static final long OLD = Duration.ofSeconds(5).toNanos();
    /** A full one is asked after again no sooner than this: its publishers may be many. */
    private static final long FRESH = Duration.ofSeconds(1).toNanos();

    private static final long UNUSED = Duration.ofMinutes(1).toNanos();
    private static final int AT_ONCE = 1_000;

    final int bound;
    final Function<Set<K>, Map<K, Integer>> counter;
    private final TimeSource time;
    private final Map<K, Estimate> all = new HashMap<>();

    private static final class Estimate {
        boolean isCounted;
        long countedAt;
        long usedAt;
        /** As counted last, and with what changed until the present count began. */
        long counted;
        /** What this node has added since then, and less what it ended. */
        long changed;
        /** What is being published. */
        long reserved;

        long pending() {
            return Math.max(0, counted + changed) + reserved;
        }
    }

    Estimates(int bound, TimeSource time, Function<Set<K>, Map<K, Integer>> counter) {
        this.bound = bound;
        this.time = time;
        this.counter = counter;
    }

    private Estimate of(K key) {
        return all.computeIfAbsent(key, any -> new Estimate());
    }

    boolean mustCount(Map<K, Integer> wanted) {
        long now = time.nanoTime();
        return wanted.entrySet().stream().anyMatch(each -> mustCount(of(each.getKey()), each.getValue(), now));
    }

    private boolean mustCount(Estimate estimate, int wanted, long now) {
        estimate.usedAt = now;
        long age = now - estimate.countedAt;
        return !estimate.isCounted || age >= OLD || (age >= FRESH && estimate.pending() + wanted > bound);
    }

    Set<K> beginCount(Map<K, Integer> wanted) {
        long now = time.nanoTime();
        all.values().removeIf(each -> each.reserved == 0 && now - each.usedAt >= UNUSED);
        var keys = new HashSet<K>();
        wanted.forEach((key, count) -> {
            if (mustCount(of(key), count, now)) {
                keys.add(key);
            }
        });
        for (var entry : all.entrySet()) {
            if (keys.size() >= AT_ONCE) {
                break;
            }
            var estimate = entry.getValue();
            if (now - estimate.countedAt >= OLD / 2 && now - estimate.usedAt < OLD) {
                keys.add(entry.getKey());
            }
        }
        for (var key : keys) {
            var estimate = of(key);
            estimate.counted = Math.max(0, estimate.counted + estimate.changed);
            estimate.changed = 0;
        }
        return keys;
    }

    void endCount(Set<K> keys, Map<K, Integer> counts) {
        long now = time.nanoTime();
        for (var key : keys) {
            var estimate = of(key);
            estimate.isCounted = true;
            estimate.countedAt = now;
            estimate.counted = counts.getOrDefault(key, (int) Math.min(Integer.MAX_VALUE, estimate.counted));
        }
    }

    List<K> tooFullFor(Map<K, Integer> wanted) {
        return wanted.entrySet().stream()
                .filter(each -> of(each.getKey()).pending() + each.getValue() > bound)
                .map(Map.Entry::getKey)
                .toList();
    }

    void reserve(Map<K, Integer> wanted) {
        wanted.forEach((key, count) -> of(key).reserved += count);
    }

    void settle(Map<K, Integer> reserved, Map<K, Integer> notPublished, boolean published) {
        reserved.forEach((key, count) -> {
            var estimate = of(key);
            estimate.reserved -= count;
            estimate.changed += published ? count - notPublished.getOrDefault(key, 0) : 0;
        });
    }

    void ended(K key) {
        var estimate = all.get(key);
        if (estimate != null) {
            estimate.changed--;
        }
    }
}
