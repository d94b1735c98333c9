package dev.posthorn.webhook.redis;

import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.UnifiedJedis;

/**
 * The Redis that tests run on: the one at the URL in {@code WEBHOOK_TEST_REDIS_URL}, a system property or an environment
 * variable, else one that is started for this JVM. Every queue gets a key prefix of its own.
 */
final class TestRedis {
    private static final String RUN = "t" + UUID.randomUUID().toString().substring(0, 8);
    private static final AtomicInteger PREFIXES = new AtomicInteger();

    private static @Nullable UnifiedJedis client;

    private TestRedis() {}

    static synchronized UnifiedJedis client() {
        if (client == null) {
            var given = given();
            client = client(given == null ? RedisServer.start().url() : given);
        }
        return client;
    }

    static UnifiedJedis client(String url) {
        return RedisClient.create(URI.create(url));
    }

    /**
     * A queue for a process of its own.
     *
     * @param where {@code redis://host:port}, or {@code cluster:port} for a cluster of this machine, with three shards; and
     *     {@code ?prefix=…} behind it
     */
    static RedisDeliveryQueue queue(String where) {
        var parts = where.split("\\?prefix=", 2);
        var prefix = parts.length == 1 ? "posthorn" : parts[1];
        if (parts[0].startsWith("cluster:")) {
            int port = Integer.parseInt(parts[0].substring("cluster:".length()));
            var client = RedisClusterClient.builder()
                    .nodes(Set.of(new HostAndPort("127.0.0.1", port)))
                    .maxAttempts(3)
                    .maxTotalRetriesDuration(Duration.ofMillis(500))
                    .build();
            return RedisDeliveryQueue.builder(client)
                    .keyPrefix(prefix)
                    .shards(3)
                    .build();
        }
        return RedisDeliveryQueue.builder(client(parts[0])).keyPrefix(prefix).build();
    }

    private static @Nullable String given() {
        var property = System.getProperty("WEBHOOK_TEST_REDIS_URL");
        return property != null ? property : System.getenv("WEBHOOK_TEST_REDIS_URL");
    }

    static String newPrefix() {
        return RUN + ":" + PREFIXES.incrementAndGet();
    }
}
