package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what came of deliveries. Whatever gathers while one batch is being written, and for a moment afterwards, is the next
 * batch; so batches grow with the load, and what comes after a rest is written at once. What cannot be written stays
 * here and is tried again until it can; meanwhile nothing more is claimed, and what is held is bounded, so this is too.
 */
final class Recorder implements Step {
    /** How many times as long as a batch takes to write it is until the next one: so a quarter of the time is spent on that. */
    private static final int PERIOD = 4;

    /** What takes longer to write leaves time enough to gather. */
    private static final long LONGEST_PERIOD_NANOS = Duration.ofMillis(20).toNanos();

    private static final Logger log = LoggerFactory.getLogger(Recorder.class);

    private final DeliveryStore store;
    private final DeliveryQueue queue;
    private final boolean queueIsStores;
    private final Holdings holdings;
    private final Vitals vitals;
    private final TimeSource time;
    private final int batchSize;
    private final ConcurrentLinkedQueue<Entry> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger backlog = new AtomicInteger();
    private volatile Runnable wake = () -> {};
    private volatile Followers followers = new Followers() {};

    private @Nullable Batch batch;
    private volatile boolean failing;
    /** Until when outcomes gather, if there are not enough for a whole batch before. */
    private long gathersUntil;

    private volatile boolean gathering;

    /** Those who go on from what was recorded. They return at once and throw nothing. */
    interface Followers {
        /** An outcome was recorded, or came too late to be. */
        default void recorded(DeliveryOutcome outcome, boolean late) {}

        /** What a batch held has been let go, so there is room. */
        default void batchDone() {}
    }

    /** Either an outcome with its settlement, or a settlement alone. */
    private record Entry(Held delivery, @Nullable DeliveryOutcome outcome, Settlement settlement) {
        /** The settlement under the lease by which the delivery is held now. */
        Settlement settlementNow() {
            if (outcome == null
                    && settlement.lease().token() != delivery.lease().token()) {
                // It was claimed again since this was decided. If it was to be parked, its subscription may have been
                // enabled or resumed since, and the ticket been put back.
                return new Settlement.Again(delivery.lease(), Duration.ZERO);
            }
            return settlement.under(delivery.lease());
        }
    }

    /** What is being written, and how far that has come. */
    private static final class Batch {
        final List<Entry> entries = new ArrayList<>();
        /** Those that the store will not take in any form; their leases are left to run out. */
        final Set<UUID> refused = new HashSet<>();
        /** Those that came too late; {@code null} until all have been recorded. */
        @Nullable
        Set<UUID> late;
    }

    Recorder(
            EngineSettings settings,
            DeliveryStore store,
            DeliveryQueue queue,
            boolean queueIsStores,
            Holdings holdings,
            Vitals vitals) {
        this.store = store;
        this.queue = queue;
        this.queueIsStores = queueIsStores;
        this.holdings = holdings;
        this.vitals = vitals;
        time = settings.time();
        this.batchSize = settings.batch();
        gathersUntil = time.nanoTime();
    }

    void onWork(Runnable newWake) {
        wake = newWake;
    }

    void onRecorded(Followers newFollowers) {
        followers = newFollowers;
    }

    /** Records an outcome and ends the lease. */
    void outcome(Held delivery, DeliveryOutcome outcome) {
        add(new Entry(delivery, outcome, outcome.settlement()));
    }

    /** Ends a lease and leaves the delivery as it is. */
    void settle(Held delivery, Settlement settlement) {
        add(new Entry(delivery, null, settlement));
    }

    /**
     * Parks the ticket of a delivery that must not be sent now, under no other lease than the present one: where that has run
     * out and this node has claimed the ticket again before this could be written, all is judged anew.
     */
    void park(Held delivery, CachedSubscription subscription) {
        add(new Entry(delivery, null, subscription.parked(delivery.lease())));
    }

    private void add(Entry entry) {
        int count = backlog.incrementAndGet();
        waiting.add(entry);
        // While it gathers it looks by itself when the time is over, and need not be woken for each.
        if (count >= batchSize || !gathering) {
            wake.run();
        }
    }

    /** How many entries wait to be written, those being written included. */
    int backlog() {
        return backlog.get();
    }

    /** Whether the last try to write failed. */
    boolean isFailing() {
        return failing;
    }

    @Override
    public long step() {
        if (batch == null) {
            long rest = gathersUntil - time.nanoTime();
            gathering = rest > 0 && !waiting.isEmpty() && backlog.get() < batchSize;
            if (gathering) {
                return rest;
            }
            batch = gather();
        }
        if (batch.entries.isEmpty()) {
            batch = null;
            return UNTIL_WOKEN;
        }
        long began = time.nanoTime();
        try {
            write(batch);
        } catch (RuntimeException problem) {
            failing = true;
            throw problem;
        }
        failing = false;
        backlog.addAndGet(-batch.entries.size());
        batch = null;
        gathersUntil = began + Math.min(PERIOD * (time.nanoTime() - began), LONGEST_PERIOD_NANOS);
        return waiting.isEmpty() ? UNTIL_WOKEN : 0;
    }

    private Batch gather() {
        var gathered = new Batch();
        for (Entry entry; gathered.entries.size() < batchSize && (entry = waiting.poll()) != null; ) {
            gathered.entries.add(entry);
        }
        return gathered;
    }

    private void write(Batch batch) {
        if (batch.late == null) {
            var outcomes = new ArrayList<DeliveryOutcome>();
            for (var entry : batch.entries) {
                if (entry.outcome != null) {
                    outcomes.add(entry.outcome.under(entry.delivery.lease()));
                }
            }
            batch.late = record(outcomes, batch.refused);
        }
        var late = batch.late;
        var settlements = new ArrayList<Settlement>();
        for (var entry : batch.entries) {
            if (batch.refused.contains(entry.delivery.deliveryId())) {
                continue;
            }
            if (late.contains(entry.delivery.deliveryId())) {
                // Mostly the lease is another node's by now. If it is ours, taken over during the attempt, then the
                // delivery
                // is another one than was sent, a retry by hand say, and its turn comes now.
                settlements.add(new Settlement.Again(entry.delivery.lease(), Duration.ZERO));
            } else if (entry.outcome == null || !queueIsStores) {
                settlements.add(entry.settlementNow());
            }
        }
        if (!settlements.isEmpty()) {
            vitals.queue("settle", () -> queue.settle(settlements));
        }
        for (var entry : batch.entries) {
            holdings.release(entry.delivery);
            if (entry.outcome != null) {
                var id = entry.delivery.deliveryId();
                followers.recorded(entry.outcome, late.contains(id) || batch.refused.contains(id));
            }
        }
        followers.batchDone();
    }

    /** Records outcomes. Where some of them can never be written, finds these, so that they do not stop the others. */
    private Set<UUID> record(List<DeliveryOutcome> outcomes, Set<UUID> refused) {
        if (outcomes.isEmpty()) {
            return Set.of();
        }
        try {
            return vitals.storeUnlessRefused("record", () -> store.record(outcomes));
        } catch (StoreException problem) {
            if (problem.isTransient()) {
                throw problem;
            }
            if (outcomes.size() == 1) {
                return recordBare(outcomes.get(0), problem, refused);
            }
            int middle = outcomes.size() / 2;
            var late = new HashSet<>(record(outcomes.subList(0, middle), refused));
            late.addAll(record(outcomes.subList(middle, outcomes.size()), refused));
            return late;
        }
    }

    private Set<UUID> recordBare(DeliveryOutcome outcome, StoreException problem, Set<UUID> refused) {
        log.warn(
                "delivery {}: its attempt cannot be stored as it is; what the endpoint answered is left out",
                outcome.deliveryId(),
                problem);
        try {
            return vitals.storeUnlessRefused("record", () -> store.record(List.of(outcome.withoutExcerpt())));
        } catch (StoreException refusedAgain) {
            if (refusedAgain.isTransient()) {
                throw refusedAgain;
            }
            log.error(
                    "delivery {}: the store refuses its outcome; it will be sent again when its lease has run out",
                    outcome.deliveryId(),
                    refusedAgain);
            refused.add(outcome.deliveryId());
            return Set.of();
        }
    }
}
