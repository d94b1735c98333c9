package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.redis.RedisDeliveryQueue;
import dev.posthorn.webhook.spi.OutsideQueue;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.spi.WebhookStore;
import java.net.URI;
import java.util.Objects;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.DependsOn;
import org.springframework.core.annotation.Order;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.UnifiedJedis;

/** Has Redis keep what is due, where the application has one, and no store of its own, which may have its own queue. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass({RedisDeliveryQueue.class, UnifiedJedis.class})
@ConditionalOnBooleanProperty(name = "posthorn.redis.enabled", matchIfMissing = true)
@ConditionalOnMissingBean({OutsideQueue.class, WebhookStore.class})
final class RedisQueueConfiguration {
    @Bean
    static SettingsCheck posthornRedisSettingsCheck() {
        return (properties, faults) -> faults.in("posthorn.redis.", () -> {
            RedisDeliveryQueue.checkSettings(
                    properties.redis().keyPrefix(), properties.redis().shards());
            return null;
        });
    }

    @Configuration(proxyBeanMethods = false)
    @Order(1)
    @ConditionalOnProperty("posthorn.redis.url")
    static final class ByUrl {
        @Bean
        @ConditionalOnMissingBean
        UnifiedJedis posthornRedisClient(Settings settings) {
            return RedisClient.create(URI.create(Objects.requireNonNull(settings.redisUrl())));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Order(2)
    @ConditionalOnClass(DataRedisConnectionDetails.class)
    @ConditionalOnBean(DataRedisConnectionDetails.class)
    static final class ByDetails {
        @Bean
        @ConditionalOnMissingBean
        UnifiedJedis posthornRedisClient(DataRedisConnectionDetails details) {
            return RedisClients.of(details);
        }
    }

    @Bean
    @ConditionalOnBean(UnifiedJedis.class)
    @DependsOn("posthornSettings")
    RedisDeliveryQueue posthornQueue(
            UnifiedJedis redis, PosthornProperties properties, ObjectProvider<TimeSource> time) {
        var builder = RedisDeliveryQueue.builder(redis)
                .keyPrefix(properties.redis().keyPrefix())
                .shards(properties.redis().shards());
        time.ifAvailable(builder::time);
        return builder.build();
    }
}
