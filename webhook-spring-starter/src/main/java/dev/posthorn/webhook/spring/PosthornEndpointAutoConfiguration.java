package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.WebhookDispatcher;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Adds the actuator endpoint {@code posthorn}, where it is exposed. */
@AutoConfiguration(after = PosthornAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean(WebhookDispatcher.class)
@ConditionalOnAvailableEndpoint(endpoint = PosthornEndpoint.class)
public final class PosthornEndpointAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    PosthornEndpoint posthornEndpoint(WebhookDispatcher webhooks) {
        return new PosthornEndpoint(webhooks);
    }
}
