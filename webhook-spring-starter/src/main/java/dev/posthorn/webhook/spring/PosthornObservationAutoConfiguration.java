package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.WebhookDispatcher;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;

/** Has publishing and attempts observed, where there is an {@link ObservationRegistry}: for their times, and for traces. */
@AutoConfiguration(
        after = PosthornAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration")
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnSingleCandidate(ObservationRegistry.class)
@ConditionalOnBean(WebhookDispatcher.class)
public final class PosthornObservationAutoConfiguration {
    @Bean
    @Order(100)
    PublishingLayer posthornObservedPublishing(ObservationRegistry registry) {
        return next -> new ObservedPublisher(next, registry);
    }

    @Bean
    TransportLayer posthornObservedTransport(ObservationRegistry registry, PosthornProperties properties) {
        return next ->
                new ObservedTransport(next, registry, properties.tracing().inRequests());
    }
}
