package dev.posthorn.examples.server;

import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.spring.web.HealthPart;
import redis.clients.jedis.UnifiedJedis;

/** Whether Redis answers. */
final class RedisHealth implements HealthPart {
    private final UnifiedJedis redis;

    RedisHealth(UnifiedJedis redis) {
        this.redis = redis;
    }

    @Override
    public String name() {
        return "redis";
    }

    @Override
    public Health.Part check() {
        redis.ping();
        return new Health.Part(name(), Health.Status.UP, "answers");
    }
}
