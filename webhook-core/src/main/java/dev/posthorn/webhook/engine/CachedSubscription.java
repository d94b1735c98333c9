package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.SubscriptionSettings;
import dev.posthorn.webhook.spi.StoredSecret;
import dev.posthorn.webhook.spi.StoredSubscription;
import dev.posthorn.webhook.transport.TargetUrl;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A subscription as this node last read it, with what can be worked out of it once.
 *
 * @param stored what was read
 * @param secrets all its secrets; {@code null} if some expire, so that they are to be looked through each time
 * @param url where it goes; {@code null} if that is no URL we call, which the store may hold from a time of other rules
 */
public record CachedSubscription(
        StoredSubscription stored,
        @Nullable List<SigningSecret> secrets,
        @Nullable TargetUrl url) {
    static CachedSubscription of(StoredSubscription stored) {
        boolean allLast = stored.secrets().stream().allMatch(secret -> secret.expiresAt() == null);
        return new CachedSubscription(
                stored,
                allLast ? plain(stored.secrets()) : null,
                parse(stored.subscription().settings().url()));
    }

    private static List<SigningSecret> plain(List<StoredSecret> secrets) {
        // Not the stream's own list, which List.copyOf would copy again for every attempt: it may hold nulls.
        return List.copyOf(secrets.stream().map(StoredSecret::secret).toList());
    }

    /** What an attempt that starts at this moment is signed with, newest first. */
    List<SigningSecret> secretsAt(Instant moment) {
        return secrets == null ? plain(Secrets.live(stored.secrets(), moment)) : secrets;
    }

    private static @Nullable TargetUrl parse(String url) {
        try {
            return TargetUrl.parse(url);
        } catch (InvalidInputException notOne) {
            return null;
        }
    }

    UUID id() {
        return stored.subscription().id();
    }

    Subscription subscription() {
        return stored.subscription();
    }

    SubscriptionSettings settings() {
        return stored.subscription().settings();
    }

    boolean wants(String type) {
        return settings().eventTypes().stream().anyMatch(pattern -> EventTypes.matches(pattern, type));
    }

    /** Whether it gets deliveries. */
    public boolean isActive() {
        return stored.subscription().isActive();
    }
}
