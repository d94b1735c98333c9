package dev.posthorn.webhook.spi;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How full a queue is. Costs little, so it may be an estimate.
 *
 * @param tickets how many there are, due or not, leased or not
 * @param oldestDue how long the longest due ticket that nobody holds has been so; {@code null} if none is due
 */
public record QueueStats(long tickets, @Nullable Duration oldestDue) {}
