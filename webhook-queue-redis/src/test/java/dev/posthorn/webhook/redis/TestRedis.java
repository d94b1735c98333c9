package dev.posthorn.webhook.redis;

import java.net.URI;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.RedisClient;
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

    private static @Nullable String given() {
        var property = System.getProperty("WEBHOOK_TEST_REDIS_URL");
        return property != null ? property : System.getenv("WEBHOOK_TEST_REDIS_URL");
    }

    static String newPrefix() {
        return RUN + ":" + PREFIXES.incrementAndGet();
    }
}
