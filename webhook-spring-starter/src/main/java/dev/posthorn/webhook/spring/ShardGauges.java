package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.redis.RedisDeliveryQueue;
import dev.posthorn.webhook.redis.ShardStats;
import dev.posthorn.webhook.spi.TimeSource;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows how full the shards of a queue in Redis are, each in series of its own, of which there are as many as shards. Redis is asked
 * once in 5 seconds, however many series are read; while it does not answer they have no value.
 */
final class ShardGauges implements MeterBinder {
    private static final Logger log = LoggerFactory.getLogger(ShardGauges.class);
    private static final Duration FRESH = Duration.ofSeconds(5);

    private final RedisDeliveryQueue queue;
    private final TimeSource time;
    private List<ShardStats> last = List.of();
    private long askedAt;

    ShardGauges(RedisDeliveryQueue queue, TimeSource time) {
        this.queue = queue;
        this.time = time;
        askedAt = time.nanoTime() - FRESH.toNanos();
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        for (int shard = 0; shard < queue.shardCount(); shard++) {
            gauge(
                            "posthorn.queue.shard.depth",
                            shard,
                            "Deliveries on a shard of the queue, due or not",
                            ShardStats::tickets)
                    .register(registry);
            gauge(
                            "posthorn.queue.shard.due",
                            shard,
                            "Deliveries on a shard of the queue that can be claimed",
                            ShardStats::due)
                    .register(registry);
            int which = shard;
            TimeGauge.builder(
                            "posthorn.queue.shard.oldest.due",
                            this,
                            TimeUnit.MILLISECONDS,
                            all -> all.figure(which, ShardGauges::oldestMillis))
                    .description("For how long the longest due delivery of a shard has waited")
                    .tag("shard", Integer.toString(shard))
                    .register(registry);
        }
    }

    private Gauge.Builder<ShardGauges> gauge(
            String name, int shard, String description, ToDoubleFunction<ShardStats> figure) {
        return Gauge.builder(name, this, all -> all.figure(shard, figure))
                .description(description)
                .tag("shard", Integer.toString(shard));
    }

    private static double oldestMillis(ShardStats stats) {
        var oldest = stats.oldestDue();
        return oldest == null ? 0 : oldest.toMillis();
    }

    private synchronized double figure(int shard, ToDoubleFunction<ShardStats> figure) {
        long now = time.nanoTime();
        if (now - askedAt >= FRESH.toNanos()) {
            askedAt = now;
            try {
                last = queue.shardStats();
            } catch (RuntimeException unanswered) {
                log.debug("Redis does not tell of its shards", unanswered);
                last = List.of();
            }
        }
        return shard < last.size() ? figure.applyAsDouble(last.get(shard)) : Double.NaN;
    }
}
