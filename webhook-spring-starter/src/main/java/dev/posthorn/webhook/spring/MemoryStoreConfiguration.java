package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.OutsideQueue;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.spi.WebhookStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Keeps everything in memory, where there is no database for it. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnMissingBean(WebhookStore.class)
final class MemoryStoreConfiguration {
    private static final Logger log = LoggerFactory.getLogger(MemoryStoreConfiguration.class);

    @Bean
    InMemoryWebhookStore webhookStore(ObjectProvider<TimeSource> time, ObjectProvider<OutsideQueue> queue) {
        log.warn("Posthorn keeps everything in memory and loses it when the application ends: there is no DataSource, "
                + "webhook-store-postgres is missing, or posthorn.postgres.enabled is false");
        var clock = time.getIfAvailable(TimeSource::system);
        return queue.getIfAvailable() == null
                ? InMemoryWebhookStore.create(clock)
                : InMemoryWebhookStore.withoutQueue(clock);
    }
}
