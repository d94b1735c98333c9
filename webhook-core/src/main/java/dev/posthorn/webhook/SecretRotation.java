package dev.posthorn.webhook;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a subscription's secret is to be replaced. Immutable; each method with a parameter returns a changed copy. Checked by
 * {@link Subscriptions#rotateSecret}.
 *
 * @param secret the new one; {@code null} to have a symmetric one generated
 * @param overlap how long those it replaces go on signing beside it: 0 to 30 days, by default 24 h. With 0, as when a
 *     secret has become known, they sign no attempt that starts afterwards
 * @param keepsOtherKind whether a secret of another {@link SigningSecret.Kind} stays for good, so that both kinds sign;
 *     false by default: everything is replaced
 */
public record SecretRotation(@Nullable SigningSecret secret, Duration overlap, boolean keepsOtherKind) {
    private static final Duration DEFAULT_OVERLAP = Duration.ofHours(24);

    /** To a generated symmetric secret. */
    public static SecretRotation generated() {
        return new SecretRotation(null, DEFAULT_OVERLAP, false);
    }

    /** To this secret. It may be one the subscription has: that then is the newest, and replaces the others. */
    public static SecretRotation to(SigningSecret secret) {
        return new SecretRotation(secret, DEFAULT_OVERLAP, false);
    }

    /** With another overlap. */
    public SecretRotation overlap(Duration newOverlap) {
        return new SecretRotation(secret, newOverlap, keepsOtherKind);
    }

    /** Replacing secrets of the same kind only. */
    public SecretRotation keepingOtherKind() {
        return new SecretRotation(secret, overlap, true);
    }
}
