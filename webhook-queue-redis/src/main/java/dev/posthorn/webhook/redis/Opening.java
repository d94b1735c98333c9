package dev.posthorn.webhook.redis;

import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.spi.TimeSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.UnifiedJedis;

/**
 * Makes a queue, if settings and server allow it; otherwise tells everything that is in the way. What cannot be asked because
 * a part of the servers is away does not keep a node from starting: it is asked when that is used. Where all are away, an
 * address may be wrong, so that is told.
 */
final class Opening {
    // No braces, which would make a hash tag of their own.
    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9_.:-]{1,100}");

    private final UnifiedJedis redis;
    private final String keyPrefix;
    private final int shardCount;
    private final @Nullable TimeSource time;

    Opening(UnifiedJedis redis, String keyPrefix, int shardCount, @Nullable TimeSource time) {
        this.redis = redis;
        this.keyPrefix = keyPrefix;
        this.shardCount = shardCount;
        this.time = time;
    }

    RedisDeliveryQueue open() {
        checkSettings(keyPrefix, shardCount);
        var shards = new Shards(new Server(redis, time), keyPrefix, shardCount);
        var faults = new LinkedHashSet<String>();
        var away = new ArrayList<StoreException>();
        for (int shard = 0; shard < shards.count(); shard++) {
            try {
                faults.addAll(shards.check(shard));
            } catch (StoreException problem) {
                if (!Server.isAway(problem)) {
                    throw problem;
                }
                away.add(problem);
            }
        }
        if (away.size() == shards.count()) {
            throw away.get(0);
        }
        if (faults.isEmpty()) {
            try {
                faults.addAll(shards.settle());
            } catch (StoreException problem) {
                if (!Server.isAway(problem)) {
                    throw problem;
                }
            }
        }
        if (!faults.isEmpty()) {
            throw new IllegalStateException(ServerCheck.message(faults));
        }
        return new RedisDeliveryQueue(shards);
    }

    static void checkSettings(String keyPrefix, int shardCount) {
        var faults = new ArrayList<InvalidInputException.Fault>();
        if (!PREFIX.matcher(keyPrefix).matches()) {
            faults.add(
                    new InvalidInputException.Fault("keyPrefix", "must be 1 to 100 characters of A-Z a-z 0-9 _ - . :"));
        }
        if (shardCount < 1 || shardCount > Shards.MOST) {
            faults.add(new InvalidInputException.Fault(
                    "shards", "must be from 1 to " + Shards.MOST + ", is " + shardCount));
        }
        if (!faults.isEmpty()) {
            throw new InvalidInputException(faults);
        }
    }
}
