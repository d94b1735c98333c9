package dev.posthorn.webhook.spi;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a claim got.
 *
 * @param leases the longest due first, as near as the queue can tell
 * @param nextDue how long until more is due: 0 if more is due now that the request allowed for; {@code null} if the queue
 *     cannot tell or holds nothing more. A hint for when to claim again, never more than a hint
 */
public record Claimed(List<Lease> leases, @Nullable Duration nextDue) {
    /** Keeps a copy of the list. */
    public Claimed {
        leases = List.copyOf(leases);
    }
}
