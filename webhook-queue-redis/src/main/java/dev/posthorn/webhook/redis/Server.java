package dev.posthorn.webhook.redis;

import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisClusterOperationException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisRedirectionException;

/** Runs scripts, and tells what goes wrong as a store does. */
final class Server {
    private final UnifiedJedis redis;
    private final @Nullable TimeSource time;

    /** @param time another clock than the server's; {@code null} for that */
    Server(UnifiedJedis redis, @Nullable TimeSource time) {
        this.redis = redis;
        this.time = time;
    }

    /** Runs a script. */
    @Nullable
    Object ask(Script script, byte[] shard, List<byte[]> arguments) {
        var all = new ArrayList<byte[]>(arguments.size() + 1);
        all.add(moment());
        all.addAll(arguments);
        return call(() -> script.run(redis, shard, all));
    }

    /** Waits until there is something in a list, and takes it out; returns whether there was. */
    boolean pop(byte[] list, Duration atMost) {
        return call(() -> redis.blpop(atMost.toNanos() / 1e9, list)) != null;
    }

    <T extends @Nullable Object> T call(Supplier<T> call) {
        try {
            return call.get();
        } catch (JedisException problem) {
            throw problem(problem);
        } catch (IllegalStateException problem) {
            // From the client's pool, when it was closed.
            throw StoreException.passing("Redis: " + problem.getMessage(), problem);
        }
    }

    /** Whether the server did not answer at all. */
    static boolean isUnreachable(StoreException problem) {
        var cause = problem.getCause();
        return cause instanceof JedisConnectionException || cause instanceof JedisClusterOperationException;
    }

    /** Whether the server is not there, or not yet: what it would have answered cannot be told. */
    static boolean isAway(StoreException problem) {
        var message = problem.getCause() == null
                ? ""
                : String.valueOf(problem.getCause().getMessage());
        return isUnreachable(problem)
                || Stream.of("CLUSTERDOWN", "LOADING", "MASTERDOWN").anyMatch(message::startsWith);
    }

    private byte[] moment() {
        return time == null
                ? new byte[0]
                : RedisDeliveryQueue.number(ChronoUnit.MICROS.between(Instant.EPOCH, time.now()));
    }

    /**
     * Nearly all of it may pass: lost connections, a server that loads, has no memory left or has become a replica, slots
     * that move, and permissions that were taken by mistake. What does not is a key that somebody else put there.
     */
    private static StoreException problem(JedisException problem) {
        var message = String.valueOf(problem.getMessage());
        if (problem instanceof JedisRedirectionException) {
            return StoreException.passing(
                    "Redis: the server is a node of a cluster, and the client is none of a cluster: " + message,
                    problem);
        }
        boolean isLasting = problem instanceof JedisDataException && message.startsWith("WRONGTYPE");
        return isLasting
                ? StoreException.lasting("Redis: " + message, problem)
                : StoreException.passing("Redis: " + message, problem);
    }
}
