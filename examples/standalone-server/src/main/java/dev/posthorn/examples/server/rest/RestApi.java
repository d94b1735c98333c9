package dev.posthorn.examples.server.rest;

import dev.posthorn.webhook.WebhookDispatcher;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.converter.HttpMessageConverters;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * The controllers and what they need. A bean {@link WebhookDispatcher} must be there. A bean {@link Callers} says who sees
 * what; without one, everybody sees and changes everything. Beans {@link HealthPart} are told of by {@code /health}. The
 * property {@code posthorn.web.path}, such as {@code /webhooks}, comes before every path.
 */
@Configuration(proxyBeanMethods = false)
@Import({
    DeliveryController.class,
    DocsController.class,
    EventController.class,
    HealthController.class,
    IngestController.class,
    ProblemHandler.class,
    SubscriptionActions.class,
    SubscriptionController.class
})
public class RestApi implements WebMvcConfigurer {
    static final String PATH = "${posthorn.web.path:}";

    /** Twelve of the largest requests, or two hundred of the largest payloads. */
    private static final long BODIES_IN_MEMORY = 12L * Bodies.MOST_EVENTS;

    /** For Spring. */
    public RestApi() {}

    @Bean
    Reach posthornReach(WebhookDispatcher webhooks, ObjectProvider<Callers> callers) {
        return new Reach(webhooks, callers.getIfAvailable(() -> request -> Caller.unbound()));
    }

    @Bean
    Bodies posthornBodies() {
        // No more than a quarter of what there is, or a small machine would run out of memory.
        return new Bodies(Math.min(
                BODIES_IN_MEMORY,
                Math.max(Bodies.MOST_EVENTS, Runtime.getRuntime().maxMemory() / 4)));
    }

    @Bean
    SubscriptionView posthornSubscriptionView(WebhookDispatcher webhooks) {
        return new SubscriptionView(webhooks);
    }

    @Bean(destroyMethod = "close")
    HealthProbe posthornHealthProbe(WebhookDispatcher webhooks, ObjectProvider<HealthPart> parts) {
        return new HealthProbe(webhooks, parts.orderedStream().toList());
    }

    @Override
    public void configureMessageConverters(HttpMessageConverters.ServerBuilder converters) {
        // Not as a custom one: a host's own for JSON would then be left out.
        converters.configureMessageConvertersList(list -> list.add(0, new RestJson()));
    }
}
