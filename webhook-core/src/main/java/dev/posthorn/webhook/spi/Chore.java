package dev.posthorn.webhook.spi;

import java.util.UUID;

/**
 * What a change to a subscription left to be done to the deliveries that wait for it, in chunks, after the change has
 * been committed. It is stored with the change, so that it is done even if the node that made the change dies.
 *
 * @param subscriptionId the subscription
 * @param version of the subscription, at the change
 * @param kind what is to be done
 */
public record Chore(UUID subscriptionId, long version, Kind kind) {
    /** What is to be done. */
    public enum Kind {
        /** It was enabled or resumed: put what waits back on the queue, and make due what is. */
        RESTORE,
        /** It was deleted: cancel what waits. */
        CANCEL
    }
}
