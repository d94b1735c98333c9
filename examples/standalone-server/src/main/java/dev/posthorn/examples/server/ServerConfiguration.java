package dev.posthorn.examples.server;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.examples.server.rest.HealthPart;
import dev.posthorn.examples.server.rest.RestApi;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.postgres.PostgresWebhookStore;
import dev.posthorn.webhook.spi.WebhookStore;
import dev.posthorn.webhook.transport.SocketTransport;
import java.util.Objects;
import java.util.Optional;
import org.apache.catalina.core.StandardHost;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.tomcat.ConfigurableTomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** What the server is made of. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration(exclude = ErrorMvcAutoConfiguration.class)
@Import({RestApi.class, ServerProblems.class})
class ServerConfiguration {
    /** Where everything is kept. With a database, tables are made or brought up to date now. */
    @Bean
    WebhookStore store(Settings settings, Optional<HikariDataSource> dataSource) {
        return dataSource.isEmpty()
                ? InMemoryWebhookStore.create()
                : PostgresWebhookStore.create(dataSource.get(), Objects.requireNonNull(settings.secrets()));
    }

    /** Not there where everything is kept in memory. */
    @Bean(destroyMethod = "close")
    @Nullable
    HikariDataSource dataSource(Settings settings) {
        var database = settings.database();
        if (database == null) {
            return null;
        }
        var config = new HikariConfig();
        config.setJdbcUrl(database.jdbcUrl());
        config.setUsername(database.user());
        config.setPassword(database.password());
        return new HikariDataSource(config);
    }

    /** Whether the database answers, where there is one. */
    @Bean
    @Nullable
    HealthPart databaseHealth(Optional<HikariDataSource> dataSource) {
        return dataSource.isEmpty() ? null : new DatabaseHealth(dataSource.get());
    }

    /** Spring closes it when requests have ended, with its grace of 20 seconds for what is in flight. */
    @Bean(destroyMethod = "close")
    WebhookDispatcher webhooks(Settings settings, WebhookStore store) {
        var transport =
                SocketTransport.builder().addresses(settings.addresses()).build();
        return WebhookDispatcher.builder(store)
                .transport(transport)
                .retry(settings.retry())
                .retention(settings.retention())
                .maxPendingPerSubscription(settings.maxPendingPerSubscription())
                .maxPendingPerTenant(settings.maxPendingPerTenant())
                .build();
    }

    /** Valves are made by Tomcat, by the name of their class. */
    @Bean
    WebServerFactoryCustomizer<ConfigurableTomcatWebServerFactory> problemValve() {
        return factory -> factory.addContextCustomizers(
                context -> ((StandardHost) context.getParent()).setErrorReportValveClass(ProblemValve.class.getName()));
    }
}
