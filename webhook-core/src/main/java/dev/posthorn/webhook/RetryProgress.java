package dev.posthorn.webhook;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far retrying many has come.
 *
 * @param retried how many deliveries this page made pending again, or, to another subscription, how many it made
 * @param failedUntil which deliveries the run is about: those that had failed by this moment. Whoever has lost
 *     {@code next} begins again with {@link RetryFailed#failedUntil(Instant)} and retries none twice
 * @param next where the next page begins, opaque; {@code null} when all are done
 */
public record RetryProgress(
        int retried, Instant failedUntil, @Nullable String next) {}
