package dev.posthorn.webhook.spi;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of the history of all subscriptions.
 *
 * @param changes oldest first; of several changes to one subscription at least the last
 * @param position where the next stretch begins
 */
public record SubscriptionChanges(List<Change> changes, long position) {
    /** Where the history begins. */
    public static final long START = 0;

    /** Keeps a copy of the list. */
    public SubscriptionChanges {
        changes = List.copyOf(changes);
    }

    /**
     * One change.
     *
     * @param id the subscription
     * @param now what it became; {@code null} if it was deleted
     */
    public record Change(UUID id, @Nullable StoredSubscription now) {}
}
