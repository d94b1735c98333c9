package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.redis.RedisDeliveryQueue;
import dev.posthorn.webhook.spi.TimeSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Counts deliveries and measures the dispatcher, where there is a {@link MeterRegistry}. */
@AutoConfiguration(
        after = PosthornAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnSingleCandidate(MeterRegistry.class)
@ConditionalOnBean(WebhookDispatcher.class)
public final class PosthornMetricsAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    DeliveryCounters posthornDeliveryCounters(MeterRegistry registry) {
        return new DeliveryCounters(registry);
    }

    @Bean
    @ConditionalOnMissingBean(name = "posthornGauges")
    MeterBinder posthornGauges(WebhookDispatcher webhooks) {
        return new DispatcherGauges(webhooks);
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(RedisDeliveryQueue.class)
    @ConditionalOnSingleCandidate(RedisDeliveryQueue.class)
    static final class OfRedis {
        @Bean
        @ConditionalOnMissingBean(name = "posthornShardGauges")
        MeterBinder posthornShardGauges(ObjectProvider<RedisDeliveryQueue> queue, ObjectProvider<TimeSource> time) {
            // An application may say only when it makes its beans that there is none.
            var made = queue.getIfAvailable();
            return made == null ? registry -> {} : new ShardGauges(made, time.getIfAvailable(TimeSource::system));
        }
    }
}
