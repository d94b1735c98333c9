package dev.posthorn.webhook.spring.test;

import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.spi.WebhookStore;
import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.spring.PosthornAutoConfiguration;
import dev.posthorn.webhook.tck.MovableClock;
import dev.posthorn.webhook.tck.RecordingReceiver;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** What {@link AutoConfigurePosthornTest} brings. */
@AutoConfiguration(before = PosthornAutoConfiguration.class)
final class PosthornTestAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean(TimeSource.class)
    MovableClock posthornClock() {
        return new MovableClock();
    }

    @Bean
    @ConditionalOnMissingBean(WebhookStore.class)
    InMemoryWebhookStore webhookStore(TimeSource time) {
        return InMemoryWebhookStore.create(time);
    }

    @Bean
    @ConditionalOnMissingBean
    RecordingReceiver posthornReceiver() {
        return RecordingReceiver.start();
    }

    @Bean
    @ConditionalOnMissingBean(WebhookTransport.class)
    SocketTransport webhookTransport() {
        return SocketTransport.builder()
                .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                .build();
    }
}
