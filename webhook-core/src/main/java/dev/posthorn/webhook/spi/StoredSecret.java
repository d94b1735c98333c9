package dev.posthorn.webhook.spi;

import dev.posthorn.webhook.SigningSecret;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A secret of a subscription, and how long it signs.
 *
 * @param secret what requests are signed with. A durable store keeps it encrypted
 * @param expiresAt from when on it signs nothing, in whole milliseconds; {@code null} if it has not been replaced
 */
public record StoredSecret(SigningSecret secret, @Nullable Instant expiresAt) {
    /** One that has not been replaced. */
    public static StoredSecret lasting(SigningSecret secret) {
        return new StoredSecret(secret, null);
    }

    /** Whether it still signs at this moment. */
    public boolean isLive(Instant moment) {
        return expiresAt == null || moment.isBefore(expiresAt);
    }
}
