package dev.posthorn.webhook.spi;

import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * What came of asking that deliveries be tried again. A delivery named in neither part is not there.
 *
 * @param tickets of the deliveries that now wait for an attempt; on the store's own queue already, if it has one
 * @param leased deliveries that a node holds; these were left as they are. Always empty from a store without a queue of
 *     its own, where the queue tells ({@link Placed#alreadyLeased()})
 */
public record Retried(List<Ticket> tickets, Set<UUID> leased) {
    /** Keeps copies. */
    public Retried {
        tickets = List.copyOf(tickets);
        leased = Set.copyOf(leased);
    }
}
