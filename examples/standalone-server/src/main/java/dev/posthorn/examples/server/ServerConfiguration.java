package dev.posthorn.examples.server;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.postgres.PostgresWebhookStore;
import dev.posthorn.webhook.redis.RedisDeliveryQueue;
import dev.posthorn.webhook.spi.WebhookStore;
import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.spring.web.ApiKeys;
import dev.posthorn.webhook.spring.web.HealthPart;
import dev.posthorn.webhook.transport.SocketTransport;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.catalina.core.StandardHost;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.tomcat.ConfigurableTomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;
import org.springframework.web.filter.CorsFilter;
import redis.clients.jedis.RedisClient;

/** What the server has that the starter has not: where everything is kept, and its door. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration(exclude = ErrorMvcAutoConfiguration.class)
@Import({MetricsController.class, ServerProblems.class})
class ServerConfiguration {
    /** Where everything is kept. With a database, tables are made or brought up to date now. */
    @Bean
    WebhookStore store(Settings settings, Optional<HikariDataSource> dataSource) {
        if (dataSource.isEmpty()) {
            return InMemoryWebhookStore.create();
        }
        var store = PostgresWebhookStore.builder(dataSource.get(), Objects.requireNonNull(settings.secrets()));
        return (settings.redis() == null ? store : store.withoutQueue()).build();
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

    /** Not there where the store is its own queue. */
    @Bean(destroyMethod = "close")
    @Nullable
    RedisClient redis(Settings settings) {
        return settings.redis() == null ? null : RedisClient.create(settings.redis());
    }

    /** Not there where the store is its own queue. */
    @Bean
    @Nullable
    RedisDeliveryQueue queue(Optional<RedisClient> redis) {
        return redis.isEmpty() ? null : RedisDeliveryQueue.create(redis.get());
    }

    /** Whether the database answers, where there is one. */
    @Bean
    @Nullable
    HealthPart databaseHealth(Optional<HikariDataSource> dataSource) {
        return dataSource.isEmpty() ? null : new DatabaseHealth(dataSource.get());
    }

    /** Whether Redis answers, where there is one. */
    @Bean
    @Nullable
    HealthPart redisHealth(Optional<RedisClient> redis) {
        return redis.isEmpty() ? null : new RedisHealth(redis.get());
    }

    @Bean
    WebhookTransport transport(Settings settings) {
        return SocketTransport.builder().addresses(settings.addresses()).build();
    }

    @Bean
    ApiKeys apiKeys(Settings settings) {
        return settings.keys();
    }

    /** Before the keys are looked at, so that nobody can try as many as they like. */
    @Bean
    FilterRegistrationBean<Door> door(Settings settings) {
        var limiter = new RateLimiter(settings.rateLimit(), new ClientAddress(settings.trustedProxies()));
        var registration = new FilterRegistrationBean<>(new Door(settings.keys(), settings.role(), limiter));
        registration.setOrder(Ordered.HIGHEST_PRECEDENCE + 1);
        return registration;
    }

    /** Answers browsers that ask whether a page may call: before the door, for they ask without a key. */
    @Bean
    FilterRegistrationBean<CorsFilter> corsFilter(Settings settings) {
        var rules = new CorsConfiguration();
        rules.setAllowedOrigins(settings.corsOrigins());
        rules.setAllowedMethods(List.of("GET", "POST", "PUT", "PATCH", "DELETE"));
        rules.setAllowedHeaders(List.of("*"));
        rules.setExposedHeaders(List.of("ETag", "Location", "Retry-After", "RateLimit", "RateLimit-Policy"));
        rules.setMaxAge(Duration.ofHours(1));
        var everywhere = new UrlBasedCorsConfigurationSource();
        everywhere.registerCorsConfiguration("/**", rules);
        var registration = new FilterRegistrationBean<>(new CorsFilter(everywhere));
        registration.setEnabled(!settings.corsOrigins().isEmpty());
        registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
        return registration;
    }

    /** Valves are made by Tomcat, by the name of their class. */
    @Bean
    WebServerFactoryCustomizer<ConfigurableTomcatWebServerFactory> problemValve() {
        return factory -> factory.addContextCustomizers(
                context -> ((StandardHost) context.getParent()).setErrorReportValveClass(ProblemValve.class.getName()));
    }
}
