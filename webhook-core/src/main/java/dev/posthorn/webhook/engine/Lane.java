package dev.posthorn.webhook.engine;

import java.util.ArrayDeque;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A subscription's share of this dispatcher: what waits for it and what is in flight. First attempts go before retries, but
 * every fourth is a retry where both wait. Used by whoever has the turn to dispatch.
 */
final class Lane {
    private static final int FIRST_ATTEMPTS_PER_RETRY = 3;

    final UUID subscriptionId;
    private final ArrayDeque<Held> firstAttempts = new ArrayDeque<>();
    private final ArrayDeque<Held> retries = new ArrayDeque<>();
    /** How many first attempts have gone before a retry that waits. */
    private int passed;

    int inFlight;
    /** The ring of lanes to be served that it stands in; {@code null} if in none. */
    @Nullable
    ArrayDeque<Lane> ring;
    /** When it is to be looked at again, by the monotonic clock, if it stands among those that wait for that. */
    long readyAt;

    boolean isTimed;

    Lane(UUID subscriptionId) {
        this.subscriptionId = subscriptionId;
    }

    void add(Held delivery) {
        (delivery.ready().attemptsThisRound() == 0 ? firstAttempts : retries).add(delivery);
    }

    /** Takes what is to be sent next, which must be there. */
    Held take() {
        if (retries.isEmpty() || (!firstAttempts.isEmpty() && passed < FIRST_ATTEMPTS_PER_RETRY)) {
            passed += retries.isEmpty() ? 0 : 1;
            return firstAttempts.remove();
        }
        passed = 0;
        return retries.remove();
    }

    boolean hasWaiting() {
        return !firstAttempts.isEmpty() || !retries.isEmpty();
    }

    /** How many of its deliveries are here. */
    int size() {
        return firstAttempts.size() + retries.size() + inFlight;
    }

    void removeIf(Predicate<Held> condition) {
        firstAttempts.removeIf(condition);
        retries.removeIf(condition);
    }

    /** Takes out all that waits. */
    void drain(Consumer<Held> to) {
        firstAttempts.forEach(to);
        retries.forEach(to);
        firstAttempts.clear();
        retries.clear();
    }

    boolean isIdle() {
        return size() == 0 && ring == null && !isTimed;
    }
}
