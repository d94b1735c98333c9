package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.DeliveryStore;
import java.time.Duration;

/** Removes what is past the retention, a chunk at a time. */
final class Retention implements Upkeep.Duty {
    private static final Duration EVERY = Duration.ofMinutes(1);
    private static final int CHUNK = 1_000;

    private final DeliveryStore store;
    private final Duration retention;

    Retention(DeliveryStore store, Duration retention) {
        this.store = store;
        this.retention = retention;
    }

    @Override
    public String name() {
        return "retention";
    }

    @Override
    public Duration every() {
        return EVERY;
    }

    @Override
    public boolean perform() {
        return store.purge(retention, CHUNK) == CHUNK;
    }
}
