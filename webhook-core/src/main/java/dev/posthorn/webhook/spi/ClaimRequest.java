package dev.posthorn.webhook.spi;

import java.time.Duration;
import java.util.Map;
import java.util.UUID;

/**
 * What a node can take.
 *
 * @param limit how many leases at most, at least 1
 * @param lease how long they last
 * @param perSubscription how many of them for one subscription at most
 * @param allowances where that differs: how many for this subscription at most, 0 to leave it alone. Bounded by what the
 *     node holds
 */
public record ClaimRequest(int limit, Duration lease, int perSubscription, Map<UUID, Integer> allowances) {
    /** Keeps a copy of the map. */
    public ClaimRequest {
        allowances = Map.copyOf(allowances);
    }

    /** How many leases for this subscription at most. */
    public int allowance(UUID subscriptionId) {
        return allowances.getOrDefault(subscriptionId, perSubscription);
    }
}
