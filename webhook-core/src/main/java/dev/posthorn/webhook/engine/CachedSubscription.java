package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.SubscriptionSettings;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.StoredSecret;
import dev.posthorn.webhook.spi.StoredSubscription;
import dev.posthorn.webhook.transport.TargetUrl;
import java.time.Duration;
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
    /** A ticket that comes back meanwhile is put off again. It must come back: its delivery may have ended. */
    private static final Duration FAR_OFF = Duration.ofDays(1);

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
    public List<SigningSecret> secretsAt(Instant moment) {
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

    /** Whether deliveries are sent to it. */
    public boolean isActive() {
        return stored.subscription().isActive();
    }

    /** Whether deliveries are made for it. */
    public boolean takesEvents() {
        return stored.subscription().takesEvents();
    }

    /**
     * What becomes of a ticket that comes due while nothing may be sent. Enabling and resuming leave a chore, which finds the
     * delivery and makes it due, wherever its ticket is by then. That of a disabled subscription leaves the queue; that of
     * a paused one, for which deliveries go on being made, stays there, far off, so that the queue still counts it.
     */
    Settlement parked(Lease lease) {
        return takesEvents() ? new Settlement.Again(lease, FAR_OFF) : new Settlement.Done(lease);
    }
}
