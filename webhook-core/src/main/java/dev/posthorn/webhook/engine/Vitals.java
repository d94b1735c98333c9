package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.Health.Part;
import dev.posthorn.webhook.Health.Status;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Whether the store and the queue answer, learned from the calls made to them anyway, each kind of call by itself: one that
 * works says nothing of another. Safe for use by several threads.
 */
final class Vitals {
    private static final Duration DOWN_AFTER = Duration.ofSeconds(10);
    /** What the engine needs it tries again sooner than this; what was not tried again is no trouble any more. */
    private static final Duration FORGET_AFTER = Duration.ofSeconds(60);

    private final Vital store;
    private final Vital queue;

    Vitals(TimeSource time) {
        store = new Vital("store", time);
        queue = new Vital("queue", time);
    }

    <T> T store(String operation, Supplier<T> call) {
        return store.watch(operation, call, problem -> true);
    }

    /** A lasting refusal speaks of what was given to the store, and not of the store. */
    <T> T storeUnlessRefused(String operation, Supplier<T> call) {
        return store.watch(
                operation, call, problem -> !(problem instanceof StoreException refusal) || refusal.isTransient());
    }

    <T> T queue(String operation, Supplier<T> call) {
        return queue.watch(operation, call, problem -> true);
    }

    Part storeHealth() {
        return store.health();
    }

    Part queueHealth() {
        return queue.health();
    }

    private static final class Vital {
        private final String name;
        private final TimeSource time;
        private final Map<String, Failing> failing = new ConcurrentHashMap<>();

        /** Readings of the monotonic clock: when it began to fail, and when it failed last. */
        private record Failing(long since, long last, String problem) {}

        Vital(String name, TimeSource time) {
            this.name = name;
            this.time = time;
        }

        <T> T watch(String operation, Supplier<T> call, Predicate<RuntimeException> countsAsFailure) {
            try {
                var result = call.get();
                if (!failing.isEmpty()) {
                    failing.remove(operation);
                }
                return result;
            } catch (RuntimeException problem) {
                if (countsAsFailure.test(problem)) {
                    long now = time.nanoTime();
                    failing.merge(
                            operation,
                            new Failing(now, now, operation + ": " + problem.getMessage()),
                            (before, latest) -> new Failing(before.since, latest.last, latest.problem));
                }
                throw problem;
            }
        }

        Part health() {
            long now = time.nanoTime();
            failing.values().removeIf(each -> now - each.last > FORGET_AFTER.toNanos());
            return failing.values().stream()
                    .max(Comparator.comparingLong(each -> now - each.since))
                    .map(longest -> health(longest, Duration.ofNanos(now - longest.since)))
                    .orElseGet(() -> new Part(name, Status.UP, "answers"));
        }

        private Part health(Failing longest, Duration since) {
            return new Part(
                    name,
                    since.compareTo(DOWN_AFTER) < 0 ? Status.DEGRADED : Status.DOWN,
                    "fails for " + since.toSeconds() + " s: " + longest.problem);
        }
    }
}
