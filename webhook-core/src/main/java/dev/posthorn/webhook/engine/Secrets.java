package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.spi.StoredSecret;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** How a subscription's secrets follow one another. */
public final class Secrets {
    /** How many it has at most: one that lasts of each kind, and two they replaced, or one and three. */
    public static final int MOST = 4;

    private Secrets() {}

    /**
     * With a new one before the others, which expire at the end of the overlap, unless they did so sooner. Of more than
     * {@link #MOST}, those that were replaced first go.
     *
     * @param overlapEndsAt when the others expire; those that have by now are dropped
     * @param keepsOtherKind whether those of another kind stay as they are
     */
    public static List<StoredSecret> rotated(
            List<StoredSecret> before,
            SigningSecret newest,
            Instant now,
            Instant overlapEndsAt,
            boolean keepsOtherKind) {
        var after = new ArrayList<StoredSecret>();
        after.add(StoredSecret.lasting(newest));
        for (var stored : before) {
            var secret = stored.secret();
            if (secret.equals(newest)) {
                continue;
            }
            after.add(
                    keepsOtherKind && secret.kind() != newest.kind()
                            ? stored
                            : new StoredSecret(secret, earlier(stored, overlapEndsAt)));
        }
        after.removeIf(stored -> !stored.isLive(now));
        for (int i = after.size() - 1; i > 0 && after.size() > MOST; i--) {
            if (after.get(i).expiresAt() != null) {
                after.remove(i);
            }
        }
        return after;
    }

    /** Those that still sign. The same list where all do. */
    static List<StoredSecret> live(List<StoredSecret> secrets, Instant now) {
        for (var secret : secrets) {
            if (!secret.isLive(now)) {
                return secrets.stream().filter(stored -> stored.isLive(now)).toList();
            }
        }
        return secrets;
    }

    /** The end of an overlap that begins now: a moment that every store can keep. */
    public static Instant overlapEnd(Instant now, Duration overlap) {
        return now.plus(overlap).truncatedTo(ChronoUnit.MILLIS);
    }

    private static Instant earlier(StoredSecret stored, Instant end) {
        var expiresAt = stored.expiresAt();
        return expiresAt != null && expiresAt.isBefore(end) ? expiresAt : end;
    }
}
