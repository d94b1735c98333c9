package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.postgres.PostgresWebhookStore;
import dev.posthorn.webhook.spi.OutsideQueue;
import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.spi.WebhookStore;
import dev.posthorn.webhook.spring.PosthornProperties.Postgres;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ImportRuntimeHints;

/** Keeps everything in the application's database. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass({PostgresWebhookStore.class, DataSource.class})
@ConditionalOnBean(DataSource.class)
@ConditionalOnBooleanProperty(name = "posthorn.postgres.enabled", matchIfMissing = true)
@ConditionalOnMissingBean(WebhookStore.class)
@ImportRuntimeHints(PostgresRuntimeHints.class)
final class PostgresStoreConfiguration {
    private static final String POSTGRES = "PostgreSQL";

    @Bean
    @ConditionalOnMissingBean(SecretCipher.class)
    NeedsSecretKeys posthornNeedsSecretKeys() {
        return new NeedsSecretKeys();
    }

    @Bean
    static SettingsCheck posthornPostgresSettingsCheck() {
        return (properties, faults) -> faults.in("posthorn.postgres.", () -> {
            PostgresWebhookStore.checkNames(
                    properties.postgres().schema(), properties.postgres().tablePrefix());
            return null;
        });
    }

    /** Tables are made after what Flyway, Liquibase and scripts make, which may be the schema they are in. */
    @Bean
    @DependsOnDatabaseInitialization
    PostgresWebhookStore webhookStore(
            DataSource dataSource,
            PosthornProperties properties,
            Settings settings,
            ObjectProvider<SecretCipher> cipher,
            ObjectProvider<OutsideQueue> queue,
            ObjectProvider<TimeSource> time) {
        var postgres = properties.postgres();
        if (postgres.tables() != Postgres.Tables.LEAVE) {
            refuseOthers(dataSource);
        }
        var faults = new PropertyFaults();
        var store = faults.in("posthorn.postgres.", () -> {
            var builder = PostgresWebhookStore.builder(dataSource, cipher.getIfAvailable(settings::secrets))
                    .tablePrefix(postgres.tablePrefix());
            if (postgres.schema() != null) {
                builder.schema(postgres.schema());
            }
            switch (postgres.tables()) {
                case MIGRATE -> {}
                case CHECK -> builder.checkTables();
                case LEAVE -> builder.leaveTables();
            }
            if (queue.getIfAvailable() != null) {
                builder.withoutQueue();
            }
            if (!postgres.wakeUps()) {
                builder.withoutWakeUps();
            }
            time.ifAvailable(builder::time);
            return builder.build();
        });
        faults.throwIfAny();
        return made(store);
    }

    private static PostgresWebhookStore made(@Nullable PostgresWebhookStore store) {
        if (store == null) {
            throw new IllegalStateException("neither a store nor a fault");
        }
        return store;
    }

    private static void refuseOthers(DataSource dataSource) {
        try (var connection = dataSource.getConnection()) {
            var product = connection.getMetaData().getDatabaseProductName();
            if (!POSTGRES.equals(product)) {
                var faults = new PropertyFaults();
                faults.add(
                        "posthorn.postgres.enabled",
                        "must be false, so that everything is in memory: the DataSource is of " + product
                                + ", not PostgreSQL");
                faults.throwIfAny();
            }
        } catch (SQLException unreachable) {
            // Whoever makes or checks the tables says it better.
        }
    }
}
