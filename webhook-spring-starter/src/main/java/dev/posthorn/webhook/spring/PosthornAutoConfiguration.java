package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.HeaderProvider;
import dev.posthorn.webhook.Signer;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookListener;
import dev.posthorn.webhook.spi.OutsideQueue;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.spi.WebhookStore;
import dev.posthorn.webhook.spi.WebhookTransport;
import java.util.Map;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/**
 * Sets up a {@link WebhookDispatcher}: on PostgreSQL where there is a {@code DataSource}, else in memory; with
 * a queue in Redis where there is one. Every bean gives
 * way to one of the application's own.
 */
@AutoConfiguration(
        afterName = {
            "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
            "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration",
            "org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration"
        })
@ConditionalOnBooleanProperty(name = "posthorn.enabled", matchIfMissing = true)
@EnableConfigurationProperties(PosthornProperties.class)
@Import({
    RedisQueueConfiguration.class,
    PostgresStoreConfiguration.class,
    MemoryStoreConfiguration.class,
    TransactionConfiguration.class
})
public final class PosthornAutoConfiguration {
    /** Static, because it is asked for before this is made. */
    @Bean
    static BindFaults posthornBindFaults() {
        return new BindFaults();
    }

    @Bean
    Settings posthornSettings(
            PosthornProperties properties,
            BindFaults unreadable,
            ObjectProvider<SettingsCheck> checks,
            ObjectProvider<SslBundles> bundles,
            ObjectProvider<NeedsSecretKeys> needed) {
        return new Settings(
                properties,
                unreadable.faults(),
                checks.stream().toList(),
                bundles.getIfAvailable(),
                needed.getIfAvailable() != null);
    }

    @Bean
    @ConditionalOnMissingBean
    WebhookTransport webhookTransport(Settings settings) {
        return settings.transport();
    }

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    WebhookDispatcher webhookDispatcher(
            Settings settings,
            WebhookStore store,
            WebhookTransport transport,
            ObjectProvider<OutsideQueue> queue,
            ObjectProvider<TimeSource> time,
            ObjectProvider<WebhookListener> listeners,
            ObjectProvider<HeaderProvider> headerProviders,
            Map<String, Signer> signers,
            ObjectProvider<PublishingLayer> publishing,
            ObjectProvider<TransportLayer> sending,
            ObjectProvider<WebhookDispatcherCustomizer> customizers) {
        var layered = new WebhookTransport[] {transport};
        sending.orderedStream().forEach(layer -> layered[0] = layer.apply(layered[0]));
        var builder = WebhookDispatcher.builder(store).transport(layered[0]);
        settings.apply(builder);
        queue.ifAvailable(builder::queue);
        time.ifAvailable(builder::time);
        listeners.orderedStream().forEach(builder::listener);
        headerProviders.orderedStream().forEach(builder::headers);
        signers.forEach(builder::signer);
        publishing.orderedStream().forEach(builder::publishing);
        customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
        return builder.build();
    }

    @Bean
    @ConditionalOnMissingBean
    PosthornLifecycle posthornLifecycle(
            WebhookDispatcher webhooks, ConfigurableApplicationContext context, PosthornProperties properties) {
        return new PosthornLifecycle(webhooks, context, properties.autoStart(), properties.shutdownTimeout());
    }
}
