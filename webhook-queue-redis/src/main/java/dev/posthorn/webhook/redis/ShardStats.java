package dev.posthorn.webhook.redis;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How full a part of a queue is.
 *
 * @param shard which one, from 0
 * @param tickets how many there are, due or not, leased or not
 * @param due how many of them can be claimed now; counted for 1,000 subscriptions, those with the longest due, so there may
 *     be more if more have any
 * @param oldestDue for how long the longest due of them has been so; {@code null} if none is due
 */
public record ShardStats(
        int shard, long tickets, long due, @Nullable Duration oldestDue) {}
