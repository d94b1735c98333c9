package dev.posthorn.webhook.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.posthorn.webhook.spi.StoreException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.util.JedisClusterCRC16;

/** The parts of a queue that do not know of each other: each has a hash tag of its own. A subscription is in one of them. */
final class Shards {
    /** How many there can be. */
    static final int MOST = 256;

    private static final int SLOTS = 16_384;

    /** A shard whose node cannot be reached is left alone for so long, or it would hold up what is done on the others. */
    private static final Duration REST = Duration.ofSeconds(1);

    private final Server server;
    private final byte[] settled;
    private final List<byte[]> keys;
    private final AtomicReferenceArray<@Nullable Rest> resting;

    private record Rest(long until, StoreException problem) {}

    /** So many, whose keys begin with this. */
    Shards(Server server, String prefix, int count) {
        this.server = server;
        resting = new AtomicReferenceArray<>(count);
        settled = (prefix + ":shards").getBytes(UTF_8);
        var made = new ArrayList<byte[]>();
        for (int shard = 0; shard < count; shard++) {
            made.add(key(prefix, shard, count).getBytes(UTF_8));
        }
        keys = List.copyOf(made);
    }

    /**
     * The tags' slots are spread over a cluster evenly, as its masters mostly are. This must never change: it says where
     * tickets are.
     */
    private static String key(String prefix, int shard, int count) {
        int from = shard * SLOTS / count;
        int to = (shard + 1) * SLOTS / count;
        for (int tried = 0; ; tried++) {
            var key = prefix + ":{" + shard + (tried == 0 ? "" : "." + tried) + "}";
            int slot = JedisClusterCRC16.getSlot(key);
            if (slot >= from && slot < to) {
                return key;
            }
        }
    }

    int count() {
        return keys.size();
    }

    /** Settles of how many shards the queue is made, or tells that another number is settled. */
    Optional<String> settle() {
        var answer = server.ask(Script.SHARDS, settled, List.of(RedisDeliveryQueue.number(count())));
        var count = new String((byte[]) Objects.requireNonNull(answer), UTF_8);
        return count.equals(Integer.toString(count()))
                ? Optional.empty()
                : Optional.of("the queue is made of " + count + " shards, not of " + count() + "; the key "
                        + new String(settled, UTF_8) + " says so");
    }

    /** Runs a script that answers with a list on a shard. */
    List<?> run(Script script, int shard, List<byte[]> arguments) {
        return (List<?>) Objects.requireNonNull(ask(script, shard, arguments));
    }

    /** Runs a script on a shard. */
    @Nullable
    Object ask(Script script, int shard, List<byte[]> arguments) {
        var rest = resting.get(shard);
        if (rest != null && rest.until - System.nanoTime() > 0) {
            throw StoreException.passing(String.valueOf(rest.problem.getMessage()), rest.problem);
        }
        try {
            var answer = server.ask(script, keys.get(shard), arguments);
            if (rest != null) {
                resting.set(shard, null);
            }
            return answer;
        } catch (StoreException problem) {
            if (count() > 1 && Server.isUnreachable(problem)) {
                resting.set(shard, new Rest(System.nanoTime() + REST.toNanos(), problem));
            }
            throw problem;
        }
    }

    /** Where a subscription's tickets are. This must never change, either. */
    int of(UUID subscriptionId) {
        long mixed = subscriptionId.getMostSignificantBits() ^ subscriptionId.getLeastSignificantBits();
        mixed = (mixed ^ (mixed >>> 32)) * 0x9E3779B97F4A7C15L;
        return (int) Long.remainderUnsigned(mixed >>> 16, keys.size());
    }

    /** A lease's token, of that which a shard gave: those of several shards are never alike. */
    static long token(int shard, long given) {
        return given * MOST + shard;
    }

    /** What the shard gave. */
    static long given(long token) {
        return token / MOST;
    }

    /** Things by the shard of their subscription, in their order. */
    <T> Map<Integer, List<T>> split(Collection<T> things, Function<T, UUID> subscriptionOf) {
        if (keys.size() == 1) {
            return things.isEmpty() ? Map.of() : Map.of(0, List.copyOf(things));
        }
        var split = new TreeMap<Integer, List<T>>();
        for (var thing : things) {
            split.computeIfAbsent(of(subscriptionOf.apply(thing)), shard -> new ArrayList<>())
                    .add(thing);
        }
        return split;
    }

    static byte[] bytes(UUID id) {
        return ByteBuffer.allocate(16)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }

    static byte[] bytes(UUID one, UUID other) {
        return ByteBuffer.allocate(32).put(bytes(one)).put(bytes(other)).array();
    }
}
