package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.tck.RecordingReceiver;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** A whole application, with everything that Boot finds on the class path of these tests but a database and a Redis. */
final class Host implements AutoCloseable {
    final ConfigurableApplicationContext context;
    final WebhookDispatcher webhooks;
    final RecordingReceiver receiver = RecordingReceiver.start();

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration(exclude = {DataSourceAutoConfiguration.class, DataRedisAutoConfiguration.class})
    static class Application {}

    private Host(WebApplicationType type, Class<?> more, List<String> properties) {
        var application = new SpringApplication(Application.class, more);
        application.setWebApplicationType(type);
        var arguments = new ArrayList<String>(List.of(
                "--server.port=0",
                "--spring.main.banner-mode=off",
                "--management.endpoints.web.exposure.include=*",
                "--management.endpoint.health.show-details=always",
                "--posthorn.transport.allowed-networks=127.0.0.0/8"));
        properties.forEach(property -> arguments.add("--" + property));
        context = application.run(arguments.toArray(String[]::new));
        webhooks = context.getBean(WebhookDispatcher.class);
    }

    /** One without a web server. */
    static Host start(Class<?> configuration, String... properties) {
        return new Host(WebApplicationType.NONE, configuration, List.of(properties));
    }

    /** One with a web server on any port. */
    static Host startWeb(Class<?> configuration, String... properties) {
        return new Host(WebApplicationType.SERVLET, configuration, List.of(properties));
    }

    UUID subscribe(String path) {
        return webhooks.subscriptions()
                .create(NewSubscription.to(receiver.url(path)))
                .subscription()
                .id();
    }

    static WebhookEvent event() {
        return WebhookEvent.of("order.created", "text/plain", Bytes.utf8("an order"));
    }

    String url(String path) {
        return "http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port") + path;
    }

    @Override
    public void close() {
        receiver.close();
        context.close();
    }
}
