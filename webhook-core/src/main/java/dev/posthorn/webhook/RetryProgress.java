package dev.posthorn.webhook;

import org.jspecify.annotations.Nullable;

/**
 * How far retrying many has come.
 *
 * @param retried how many deliveries this page made pending again, or, to another subscription, how many it made
 * @param next where the next page begins, opaque; {@code null} when all are done
 */
public record RetryProgress(int retried, @Nullable String next) {}
