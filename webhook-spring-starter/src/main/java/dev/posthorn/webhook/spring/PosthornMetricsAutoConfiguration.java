package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.WebhookDispatcher;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

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
}
