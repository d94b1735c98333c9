package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.WebhookStore;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

/**
 * What a store and its queue promise while many threads work on them, of which some let their leases run out and come
 * back too late: nothing is lost, no two leases hold one delivery at one time, and who lost a lease changes nothing.
 *
 * <p>What each thread tries is drawn from a seed, which is printed. {@code -Dposthorn.test.seed=…} tries one seed only;
 * because threads run as they like, the same seed need not end the same way. {@code -Dposthorn.test.full=true} tries
 * many.
 */
public abstract class ConcurrencyContract {
    private static final int SEEDS = 5;
    private static final int SEEDS_IN_FULL = 200;

    /** For subclasses. */
    protected ConcurrencyContract() {}

    /** A fresh, empty store; called for each seed. */
    protected abstract WebhookStore createStore();

    /** The queue that goes with the store made last: by default its own. For a store without one, a fresh, empty queue. */
    protected DeliveryQueue queueOf(WebhookStore store) {
        return store.queue().orElseThrow();
    }

    /** What the queue's clock shows. It may run by itself as well, but not by more than seconds in a test. */
    protected abstract Instant now();

    /** Lets so much time pass for the store and the queue. Called by several threads. */
    protected abstract void advance(Duration time);

    @Test
    void aQueueLosesNothingAndLeasesNothingTwice() {
        forSeeds(seed -> new QueueRun(queueOf(createStore()), this::now, this::advance, seed).run());
    }

    @Test
    void everyDeliveryEndsAndEveryAttemptIsKept() {
        forSeeds(seed -> {
            var store = createStore();
            new StoreRun(store, queueOf(store), this::now, this::advance, seed).run();
        });
    }

    private void forSeeds(LongConsumer test) {
        var given = Long.getLong("posthorn.test.seed");
        int count = Boolean.getBoolean("posthorn.test.full") ? SEEDS_IN_FULL : SEEDS;
        long first = given != null ? given : ThreadLocalRandom.current().nextLong(1_000_000_000);
        for (long seed = first; seed < first + (given != null ? 1 : count); seed++) {
            System.out.println(getClass().getSimpleName() + ": -Dposthorn.test.seed=" + seed);
            try {
                test.accept(seed);
            } catch (AssertionError e) {
                throw new AssertionError("with -Dposthorn.test.seed=" + seed + ": " + e.getMessage(), e);
            }
        }
    }
}
