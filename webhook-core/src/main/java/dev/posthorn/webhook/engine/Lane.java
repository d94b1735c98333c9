package dev.posthorn.webhook.engine;

import java.util.ArrayDeque;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A subscription's share of this dispatcher: what waits for it and what is in flight. Used by whoever has the turn to dispatch. */
final class Lane {
    final UUID subscriptionId;
    final ArrayDeque<Held> waiting = new ArrayDeque<>();
    int inFlight;
    /** The ring of lanes to be served that it stands in; {@code null} if in none. */
    @Nullable
    ArrayDeque<Lane> ring;

    Lane(UUID subscriptionId) {
        this.subscriptionId = subscriptionId;
    }

    boolean isIdle() {
        return waiting.isEmpty() && inFlight == 0 && ring == null;
    }
}
