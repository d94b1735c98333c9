package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.SubscriptionStore;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has secrets encrypted anew that lie under a key which another has replaced, so that it can be taken away. */
final class SecretRenewal implements Upkeep.Duty {
    private static final Logger log = LoggerFactory.getLogger(SecretRenewal.class);

    private static final Duration EVERY = Duration.ofHours(1);
    private static final int CHUNK = 500;

    private final SubscriptionStore store;
    /** Of the round that is under way. */
    private @Nullable UUID reached;

    private int renewed;
    private int unreadable;

    SecretRenewal(SubscriptionStore store) {
        this.store = store;
    }

    @Override
    public String name() {
        return "secret-renewal";
    }

    @Override
    public Duration every() {
        return EVERY;
    }

    @Override
    public boolean perform() {
        var found = store.renewSecrets(reached, CHUNK);
        reached = found.reached();
        renewed += found.renewed();
        unreadable += found.unreadable();
        if (reached != null) {
            return true;
        }
        if (renewed > 0) {
            log.info("secrets of {} subscriptions lay under an old key and have been encrypted anew", renewed);
        }
        if (unreadable > 0) {
            log.warn(
                    "secrets of {} subscriptions cannot be decrypted: is a key missing that is still used?",
                    unreadable);
        }
        renewed = 0;
        unreadable = 0;
        return false;
    }
}
