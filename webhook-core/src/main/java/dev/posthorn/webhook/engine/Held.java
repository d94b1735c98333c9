package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Loaded;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A delivery that this node holds, from the moment it is claimed or appended with a lease until what came of it has been
 * recorded. Its lease can be replaced meanwhile, when the old one has run out and this node claimed the delivery again.
 */
final class Held {
    private final UUID deliveryId;
    private final UUID subscriptionId;
    /** Whether it counts against the share of lanes that have not shown to be quick. */
    private final boolean unproven;

    private volatile @Nullable Grant grant;
    private volatile @Nullable Content content;
    private long bytes;

    private record Grant(Lease lease, long endsAt) {}

    private record Content(Loaded.Ready ready, long readAt) {}

    Held(UUID deliveryId, UUID subscriptionId, boolean unproven) {
        this.deliveryId = deliveryId;
        this.subscriptionId = subscriptionId;
        this.unproven = unproven;
    }

    UUID deliveryId() {
        return deliveryId;
    }

    UUID subscriptionId() {
        return subscriptionId;
    }

    boolean isUnproven() {
        return unproven;
    }

    /** From now on it is held by this lease, until the given reading of the monotonic clock. */
    void lease(Lease lease, long endsAt) {
        grant = new Grant(lease, endsAt);
    }

    Lease lease() {
        return Objects.requireNonNull(grant).lease;
    }

    /** How long its lease still lasts, in nanoseconds. */
    long leaseLeft(long now) {
        return Objects.requireNonNull(grant).endsAt - now;
    }

    /** What is to be sent, as read at the given reading of the monotonic clock. */
    void content(Loaded.Ready ready, long readAt) {
        content = new Content(ready, readAt);
    }

    Loaded.Ready ready() {
        return Objects.requireNonNull(content).ready;
    }

    /** How long ago it was first due in its present round, in nanoseconds. */
    long sinceFirstDue(long now) {
        var read = Objects.requireNonNull(content);
        return read.ready.sinceFirstDue().toNanos() + (now - read.readAt);
    }

    /** Changed by {@link Holdings} alone. */
    long bytes() {
        return bytes;
    }

    void bytes(long newBytes) {
        bytes = newBytes;
    }
}
