package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.WebhookDispatcher;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.context.annotation.Bean;

/** Adds the dispatcher, part by part, to the application's health. */
@AutoConfiguration(after = PosthornAutoConfiguration.class)
@ConditionalOnClass({CompositeHealthContributor.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(WebhookDispatcher.class)
@ConditionalOnEnabledHealthIndicator("posthorn")
public final class PosthornHealthAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean(name = "posthornHealthContributor")
    CompositeHealthContributor posthornHealthContributor(WebhookDispatcher webhooks) {
        return new HealthParts(webhooks);
    }
}
