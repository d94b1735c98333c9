package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.spring.PosthornAutoConfiguration;
import dev.posthorn.webhook.spring.PosthornProperties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.DependsOn;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.http.converter.HttpMessageConverters;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Webhooks over HTTP, by Spring MVC, where {@code posthorn.web.enabled} says so: under {@code posthorn.web.path}, for those
 * who have a key of {@code posthorn.web.api-keys}, or of a bean {@link ApiKeys}. A bean {@link Callers} says instead who sees what, where Spring Security,
 * say, has let them in. Beans {@link HealthPart} are told of by {@code /health}.
 */
@AutoConfiguration(after = PosthornAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({DispatcherServlet.class, FilterRegistrationBean.class})
@ConditionalOnBooleanProperty("posthorn.web.enabled")
@ConditionalOnBean({WebhookDispatcher.class, PosthornProperties.class})
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
public final class PosthornWebAutoConfiguration implements WebMvcConfigurer {
    static final String PATH = "${posthorn.web.path:}";

    /** Twelve of the largest requests. */
    private static final long BODIES_IN_MEMORY = 12L * Bodies.MOST_EVENTS;

    /** Keys, unless the application says itself who is let in. The web server asks for it before others have looked at settings. */
    @Bean
    @ConditionalOnMissingBean(Callers.class)
    @DependsOn("posthornSettings")
    ApiKeyFilter posthornApiKeyFilter(PosthornProperties properties, ObjectProvider<ApiKeys> keys) {
        var path = properties.web().path();
        return new ApiKeyFilter(path, keys.getIfAvailable(() -> WebSettings.keys(properties.web())));
    }

    @Bean
    @ConditionalOnBean(ApiKeyFilter.class)
    FilterRegistrationBean<ApiKeyFilter> posthornApiKeyFilterRegistration(ApiKeyFilter filter) {
        var registration = new FilterRegistrationBean<>(filter);
        registration.setOrder(Ordered.HIGHEST_PRECEDENCE + 100);
        return registration;
    }

    @Bean
    Reach posthornReach(WebhookDispatcher webhooks, Callers callers) {
        return new Reach(webhooks, callers);
    }

    @Bean
    Bodies posthornBodies() {
        // No more than a quarter of what there is, or a small machine would run out of memory.
        long quarter = Runtime.getRuntime().maxMemory() / 4;
        return new Bodies(Math.min(BODIES_IN_MEMORY, Math.max(Bodies.MOST_EVENTS, quarter)));
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
