package dev.posthorn.webhook.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.spi.TimeSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.UnifiedJedis;

/** Makes a queue, if settings and server allow it; otherwise tells everything that is in the way. */
final class Opening {
    private static final int OLDEST_MAJOR = 7;
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
        var server = new Server(redis, time);
        var shards = new Shards(server, keyPrefix, shardCount);
        var faults = new LinkedHashSet<String>();
        for (int shard = 0; shard < shards.count(); shard++) {
            checkServer(shards.run(Script.CHECK, shard, List.of()), faults);
        }
        if (faults.isEmpty()) {
            shards.settle().ifPresent(faults::add);
        }
        if (!faults.isEmpty()) {
            throw new IllegalStateException("Redis cannot be used for a queue: " + String.join("; ", faults));
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

    private static void checkServer(List<?> answer, Set<String> faults) {
        var refused = text(answer.get(1));
        if (!refused.isEmpty()) {
            faults.add("its user may not run " + refused.replace(" ", ", ") + " on the queue's keys");
        }
        var told = fields(text(answer.get(0)));
        if (told.isEmpty()) {
            return;
        }
        var where = " (" + told.getOrDefault("executable", "server") + " on port " + told.get("tcp_port") + ")";
        var version = told.getOrDefault("redis_version", "0");
        if (Integer.parseInt(version.split("\\.", 2)[0]) < OLDEST_MAJOR) {
            faults.add("version " + OLDEST_MAJOR + " or later is needed, it is " + version + where);
        }
        var policy = told.getOrDefault("maxmemory_policy", "noeviction");
        if (!policy.equals("noeviction")) {
            faults.add("maxmemory-policy must be noeviction, or it drops deliveries when memory is short; it is "
                    + policy + where);
        }
        if (!told.getOrDefault("role", "master").equals("master")) {
            faults.add("it is a replica, which cannot be written to" + where);
        }
    }

    private static Map<String, String> fields(String told) {
        var fields = new HashMap<String, String>();
        told.lines().filter(line -> line.contains(":")).forEach(line -> {
            var parts = line.split(":", 2);
            fields.put(parts[0], parts[1].strip());
        });
        return fields;
    }

    private static String text(Object answer) {
        return new String((byte[]) answer, UTF_8);
    }
}
