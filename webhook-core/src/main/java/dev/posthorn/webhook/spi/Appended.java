package dev.posthorn.webhook.spi;

import dev.posthorn.webhook.PublishReceipt;
import java.util.List;

/**
 * What came of one publication.
 *
 * @param receipt for the publisher
 * @param leases of the tickets that asked for one, in their order; empty for a duplicate, and from a store without a queue
 *     of its own
 */
public record Appended(PublishReceipt receipt, List<Lease> leases) {
    /** Keeps a copy of the list. */
    public Appended {
        leases = List.copyOf(leases);
    }
}
