package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.Subscription.DisabledReason;
import dev.posthorn.webhook.SubscriptionSettings;
import dev.posthorn.webhook.SubscriptionStatus;
import dev.posthorn.webhook.spi.StoredSecret;
import dev.posthorn.webhook.spi.StoredSubscription;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Changed subscriptions, each with the next version, and without the secrets that have expired. */
public final class Changes {
    private Changes() {}

    /** With other settings. */
    public static StoredSubscription settings(StoredSubscription before, SubscriptionSettings settings, Instant now) {
        var old = before.subscription();
        return with(before, settings, before.secrets(), old.status(), old.disabledReason(), now);
    }

    /** With another status. */
    public static StoredSubscription status(
            StoredSubscription before, SubscriptionStatus status, @Nullable DisabledReason reason, Instant now) {
        return with(before, before.subscription().settings(), before.secrets(), status, reason, now);
    }

    /** With other secrets. */
    public static StoredSubscription secrets(StoredSubscription before, List<StoredSecret> secrets, Instant now) {
        var old = before.subscription();
        return with(before, old.settings(), secrets, old.status(), old.disabledReason(), now);
    }

    private static StoredSubscription with(
            StoredSubscription before,
            SubscriptionSettings settings,
            List<StoredSecret> secrets,
            SubscriptionStatus status,
            @Nullable DisabledReason reason,
            Instant now) {
        var old = before.subscription();
        var changed = new Subscription(
                old.id(), old.tenant(), settings, status, reason, old.version() + 1, old.createdAt(), now);
        return new StoredSubscription(changed, Secrets.live(secrets, now));
    }
}
