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
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.util.JedisClusterCRC16;

/** The parts of a queue that do not know of each other: each has a hash tag of its own. A subscription is in one of them. */
final class Shards {
    /** How many there can be. */
    static final int MOST = 256;

    private static final int SLOTS = 16_384;

    /**
     * A shard whose node cannot be reached is left alone for so many times as long as it took to find that out, or it would
     * hold up what is done on the others: a client may try again within a call.
     */
    private static final int RESTS = 4;

    private static final Duration SHORTEST_REST = Duration.ofSeconds(1);
    private static final Duration LONGEST_REST = Duration.ofSeconds(30);
    /** A shard on a server that may not have it is asked again so often. */
    private static final Duration UNFIT_REST = Duration.ofSeconds(2);

    private final Server server;
    private final byte[] settled;
    private final List<byte[]> keys;
    private final AtomicReferenceArray<@Nullable Rest> resting;
    /** Whose server was away when it was to be checked. */
    private final Set<Integer> unchecked = ConcurrentHashMap.newKeySet();
    /** Whether their number was settled when this node looked first. */
    private volatile boolean isSettled;

    private volatile @Nullable Rest settlingRests;

    private record Rest(long until, StoreException cause) {
        static Rest of(Duration wanted, StoreException cause) {
            var atLeast = wanted.compareTo(SHORTEST_REST) < 0 ? SHORTEST_REST : wanted;
            var length = atLeast.compareTo(LONGEST_REST) > 0 ? LONGEST_REST : atLeast;
            return new Rest(System.nanoTime() + length.toNanos(), cause);
        }

        boolean isNotOver() {
            return until - System.nanoTime() > 0;
        }

        StoreException problem() {
            return StoreException.passing(String.valueOf(cause.getMessage()), cause);
        }
    }

    /** So many, whose keys begin with this. */
    Shards(Server server, String prefix, int count) {
        this.server = server;
        resting = new AtomicReferenceArray<>(count);
        settled = (prefix + ":shards").getBytes(UTF_8);
        var made = new ArrayList<byte[]>();
        for (int shard = 0; shard < count; shard++) {
            made.add(key(prefix, shard, count).getBytes(UTF_8));
            unchecked.add(shard);
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

    /** Waits until something was put on the queue. */
    boolean await(Duration atMost) {
        return server.pop((new String(keys.get(0), UTF_8) + ":bell").getBytes(UTF_8), atMost);
    }

    /** What is wrong with a shard's server. Until this was asked once, every use of the shard begins with it. */
    Set<String> check(int shard) {
        var faults = faultsWhereIs(keys.get(shard));
        if (faults.isEmpty()) {
            unchecked.remove(shard);
        }
        return faults;
    }

    private Set<String> faultsWhereIs(byte[] key) {
        return ServerCheck.faults((List<?>) Objects.requireNonNull(server.ask(Script.CHECK, key, List.of())));
    }

    /**
     * Settles of how many shards the queue is made, or tells that another number is settled, or why the server that is to
     * keep the number may not: none of the shards need be there, and one that drops keys could drop this.
     */
    Set<String> settle() {
        if (!isSettled) {
            var faults = faultsWhereIs(settled);
            if (!faults.isEmpty()) {
                return faults;
            }
        }
        var answer = server.ask(Script.SHARDS, settled, List.of(RedisDeliveryQueue.number(count())));
        var count = new String((byte[]) Objects.requireNonNull(answer), UTF_8);
        boolean isThis = count.equals(Integer.toString(count()));
        isSettled = isSettled || isThis;
        return isThis
                ? Set.of()
                : Set.of("the queue is made of " + count + " shards, not of " + count() + "; the key "
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
        if (rest != null && rest.isNotOver()) {
            throw rest.problem();
        }
        if (!isSettled) {
            makeUpSettling();
        }
        long began = System.nanoTime();
        try {
            if (unchecked.contains(shard)) {
                makeUp(shard);
            }
            var answer = server.ask(script, keys.get(shard), arguments);
            if (rest != null) {
                resting.set(shard, null);
            }
            return answer;
        } catch (StoreException problem) {
            if (count() > 1 && Server.isUnreachable(problem)) {
                resting.set(shard, Rest.of(restAfter(began), problem));
            } else if (unchecked.contains(shard) && !Server.isAway(problem)) {
                resting.set(shard, Rest.of(UNFIT_REST, problem));
            }
            throw problem;
        }
    }

    /** Checks what could not be checked at the start. */
    private void makeUp(int shard) {
        var faults = check(shard);
        if (!faults.isEmpty()) {
            throw StoreException.passing(ServerCheck.message(faults), null);
        }
    }

    /**
     * Looks at the number of shards, if that could not be done at the start. While it still cannot, the number this node was
     * given must do.
     */
    private void makeUpSettling() {
        var rest = settlingRests;
        if (rest != null && rest.isNotOver()) {
            if (Server.isAway(rest.cause)) {
                return;
            }
            throw rest.problem();
        }
        long began = System.nanoTime();
        try {
            var faults = settle();
            if (!faults.isEmpty()) {
                throw StoreException.passing(ServerCheck.message(faults), null);
            }
        } catch (StoreException problem) {
            boolean isAway = Server.isAway(problem);
            settlingRests = Rest.of(isAway ? restAfter(began) : UNFIT_REST, problem);
            if (!isAway) {
                throw problem;
            }
        }
    }

    private static Duration restAfter(long began) {
        return Duration.ofNanos((System.nanoTime() - began) * RESTS);
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
