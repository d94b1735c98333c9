package dev.posthorn.webhook;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A request to try a subscription's failed deliveries again, page by page, newest first. All pages together are a run, and a run
 * retries no delivery twice: it is about those that had failed when it began.
 *
 * @param subscriptionId whose
 * @param since only deliveries created at this moment or later
 * @param failedUntil only deliveries that had failed by this moment, by the store's clock: when the run began. By default
 *     ({@code null}) that is the moment of the first page, or what {@code after} carries on from. Whoever chooses it, and
 *     keeps it with {@code since}, can begin again from the first page after any crash: what was retried since then is pending,
 *     has succeeded, or has failed later, and is left alone
 * @param perSecond how many become due each second, so that the endpoint is not flooded: 1 to 10,000, by default 50
 * @param after the {@link RetryProgress#next()} of the page before; {@code null} to begin. A page may be asked for twice
 * @param limit how many deliveries a page retries at most: 1 to 1,000
 * @param target another subscription of the same tenant, which is to get the events instead, such as the one that has taken the
 *     place of this; {@code null} for this one. What it wants of them is published to it as events of their own, each once,
 *     however often it is asked for within the retention; the failed deliveries stay as they are. Its tenant's
 *     idempotency keys that begin with {@code retry-failed} serve for that
 */
public record RetryFailed(
        UUID subscriptionId,
        Instant since,
        @Nullable Instant failedUntil,
        int perSecond,
        @Nullable String after,
        int limit,
        @Nullable UUID target) {
    /** The first page, of 500, at 50 a second. */
    public static RetryFailed of(UUID subscriptionId, Instant since) {
        return new RetryFailed(subscriptionId, since, null, 50, null, 500, null);
    }

    /** Of a run that began at this moment; {@code null} for one that begins with this page. */
    public RetryFailed failedUntil(@Nullable Instant moment) {
        return new RetryFailed(subscriptionId, since, moment, perSecond, after, limit, target);
    }

    /** At another pace. */
    public RetryFailed perSecond(int pace) {
        return new RetryFailed(subscriptionId, since, failedUntil, pace, after, limit, target);
    }

    /** The page after the one whose {@link RetryProgress#next()} this is. */
    public RetryFailed after(@Nullable String cursor) {
        return new RetryFailed(subscriptionId, since, failedUntil, perSecond, cursor, limit, target);
    }

    /** In pages of at most so many. */
    public RetryFailed limit(int newLimit) {
        return new RetryFailed(subscriptionId, since, failedUntil, perSecond, after, newLimit, target);
    }

    /** To another subscription instead. */
    public RetryFailed to(@Nullable UUID newTarget) {
        return new RetryFailed(subscriptionId, since, failedUntil, perSecond, after, limit, newTarget);
    }
}
