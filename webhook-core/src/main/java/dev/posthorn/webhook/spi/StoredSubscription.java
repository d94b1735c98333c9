package dev.posthorn.webhook.spi;

import dev.posthorn.webhook.Subscription;
import java.util.List;

/**
 * A subscription with what only the engine and the store see of it.
 *
 * @param subscription what the host sees
 * @param secrets what requests are signed with, newest first; at least one. Some may have expired
 */
public record StoredSubscription(Subscription subscription, List<StoredSecret> secrets) {
    /** Keeps a copy of the list. */
    public StoredSubscription {
        secrets = List.copyOf(secrets);
    }
}
