package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does what has to be done now and then. A duty that fails is tried again later and does not hold up the others. */
final class Upkeep implements Step {
    private static final Logger log = LoggerFactory.getLogger(Upkeep.class);

    private final TimeSource time;
    private final List<Scheduled> duties;

    /** Something to be done now and then. */
    interface Duty {
        /** What it is, for the log. */
        String name();

        /** How long after it was done, or failed, it is done again. */
        Duration every();

        /**
         * Does a bounded part of it.
         *
         * @return whether there is more to do at once
         */
        boolean perform();
    }

    private static final class Scheduled {
        final Duty duty;
        final Backoff backoff;
        /** Somebody wants it done before it is due. */
        volatile boolean hastened;

        long dueAt;

        Scheduled(Duty duty, Backoff backoff, long dueAt) {
            this.duty = duty;
            this.backoff = backoff;
            this.dueAt = dueAt;
        }
    }

    Upkeep(TimeSource time, Supplier<RandomGenerator> random, List<? extends Duty> duties) {
        this.time = time;
        long now = time.nanoTime();
        this.duties = duties.stream()
                .map(duty -> new Scheduled(duty, new Backoff(random), now))
                .toList();
    }

    /** Has a duty done soon; the caller wakes the thread. */
    void hasten(Duty duty) {
        for (var scheduled : duties) {
            if (scheduled.duty == duty) {
                scheduled.hastened = true;
            }
        }
    }

    @Override
    public long step() {
        for (var scheduled : duties) {
            if (scheduled.hastened || scheduled.dueAt - time.nanoTime() <= 0) {
                scheduled.hastened = false;
                scheduled.dueAt = time.nanoTime() + perform(scheduled);
            }
        }
        long now = time.nanoTime();
        return duties.stream()
                .mapToLong(scheduled -> scheduled.hastened ? 0 : Math.max(0, scheduled.dueAt - now))
                .min()
                .orElse(UNTIL_WOKEN);
    }

    private long perform(Scheduled scheduled) {
        var duty = scheduled.duty;
        try {
            boolean more = duty.perform();
            scheduled.backoff.reset();
            return more ? 0 : duty.every().toNanos();
        } catch (RuntimeException problem) {
            if (scheduled.backoff.isFailing()) {
                log.debug("{} still fails", duty.name(), problem);
            } else {
                log.warn("{} failed and will be tried again until it works", duty.name(), problem);
            }
            return scheduled.backoff.next(time.nanoTime());
        }
    }
}
