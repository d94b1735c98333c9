package dev.posthorn.webhook.spi;

import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * What came of putting tickets on a queue.
 *
 * @param leases of the tickets that asked for one, in their order
 * @param alreadyLeased deliveries whose ticket some node holds; these were left as they are
 */
public record Placed(List<Lease> leases, Set<UUID> alreadyLeased) {
    /** Keeps copies. */
    public Placed {
        leases = List.copyOf(leases);
        alreadyLeased = Set.copyOf(alreadyLeased);
    }
}
