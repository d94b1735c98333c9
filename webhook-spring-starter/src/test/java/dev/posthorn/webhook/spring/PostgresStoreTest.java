package dev.posthorn.webhook.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.SecretKeys;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.postgres.PostgresWebhookStore;
import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.spi.WakingQueue;
import dev.posthorn.webhook.spi.WebhookStore;
import java.net.ConnectException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.AbstractDataSource;

/** What is set up where there is a database. */
@Timeout(120)
class PostgresStoreTest {
    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(DataSourceAutoConfiguration.class, PosthornAutoConfiguration.class));

    private ApplicationContextRunner onDatabase(String url) {
        return application.withPropertyValues("spring.datasource.url=" + url, "posthorn.secret-keys=in-the-clear");
    }

    private static boolean hasTable(DataSource database, String name) {
        return Boolean.TRUE.equals(new JdbcTemplate(database)
                .queryForObject("SELECT to_regclass('" + name + "') IS NOT NULL", Boolean.class));
    }

    @Test
    void withADataSourceEverythingIsInItsDatabase() {
        onDatabase(TestDatabase.create()).run(context -> {
            assertThat(context).hasSingleBean(PostgresWebhookStore.class);
            assertThat(hasTable(context.getBean(DataSource.class), "posthorn_event"))
                    .isTrue();
            var webhooks = context.getBean(WebhookDispatcher.class);
            var id = webhooks.subscriptions()
                    .create(NewSubscription.to("https://example.com/"))
                    .subscription()
                    .id();
            assertThat(webhooks.subscriptions().get(id)).isPresent();
        });
    }

    @Test
    void tablesCanBeElsewhereAndCalledOtherwise() {
        onDatabase(TestDatabase.create())
                .withPropertyValues("posthorn.postgres.schema=hooks", "posthorn.postgres.table-prefix=ph_")
                .run(context -> assertThat(hasTable(context.getBean(DataSource.class), "hooks.ph_event"))
                        .isTrue());
    }

    @Test
    void wakeUpsCanBeLeftOut() {
        var url = TestDatabase.create();
        onDatabase(url)
                .run(context -> assertThat(
                                context.getBean(WebhookStore.class).queue().orElseThrow())
                        .isInstanceOf(WakingQueue.class));
        onDatabase(url)
                .withPropertyValues("posthorn.postgres.wake-ups=false")
                .run(context -> assertThat(
                                context.getBean(WebhookStore.class).queue().orElseThrow())
                        .isNotInstanceOf(WakingQueue.class));
    }

    @Test
    void wrongNamesOfTablesAreRefused() {
        onDatabase(TestDatabase.create())
                .withPropertyValues(
                        "posthorn.postgres.schema=No", "posthorn.postgres.table-prefix=", "posthorn.lease=1s")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(InvalidSettingsException.class)
                        .hasMessageContaining("posthorn.postgres.schema")
                        .hasMessageContaining("posthorn.postgres.table-prefix")
                        .hasMessageContaining("posthorn.lease"));
    }

    @Test
    void tablesAreMadeAfterFlywayHasRun() {
        // The migration makes the schema without IF NOT EXISTS, so it fails if it comes second.
        onDatabase(TestDatabase.create())
                .withConfiguration(AutoConfigurations.of(FlywayAutoConfiguration.class))
                .withPropertyValues("posthorn.postgres.schema=webhooks")
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(hasTable(context.getBean(DataSource.class), "orders"))
                            .isTrue();
                    assertThat(hasTable(context.getBean(DataSource.class), "webhooks.posthorn_event"))
                            .isTrue();
                });
    }

    @Test
    void tablesCanBeLeftToOthers() {
        var url = TestDatabase.create();
        onDatabase(url)
                .withPropertyValues("posthorn.postgres.tables=leave", "posthorn.auto-start=false")
                .run(context -> assertThat(hasTable(context.getBean(DataSource.class), "posthorn_event"))
                        .isFalse());
        onDatabase(url)
                .withPropertyValues("posthorn.postgres.tables=check")
                .run(context ->
                        assertThat(context).getFailure().rootCause().hasMessageContaining("posthorn_schema_version"));
        onDatabase(url).run(context -> assertThat(context).hasNotFailed());
        onDatabase(url)
                .withPropertyValues("posthorn.postgres.tables=check")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void keysForSecretsAreNeededOrACipherOrAWordAgainstThem() {
        var url = TestDatabase.create();
        var withoutKeys = application.withPropertyValues("spring.datasource.url=" + url);
        withoutKeys
                .withPropertyValues("posthorn.lease=1s")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("posthorn.secret-keys")
                        .hasMessageContaining("posthorn.lease"));
        withoutKeys
                .withBean(SecretCipher.class, () -> SecretKeys.of("own", new byte[32]))
                .run(context -> assertThat(context).hasNotFailed());
        withoutKeys
                .withPropertyValues("posthorn.secret-keys=main:" + "A".repeat(43) + "=")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void memoryCanBeChosenAllTheSame() {
        onDatabase(TestDatabase.create())
                .withPropertyValues("posthorn.postgres.enabled=false")
                .run(context ->
                        assertThat(context.getBean(WebhookStore.class)).isInstanceOf(InMemoryWebhookStore.class));
    }

    @Test
    void withoutTheStoresModuleItIsInMemory() {
        onDatabase(TestDatabase.create())
                .withClassLoader(new FilteredClassLoader(PostgresWebhookStore.class))
                .run(context ->
                        assertThat(context.getBean(WebhookStore.class)).isInstanceOf(InMemoryWebhookStore.class));
    }

    @Test
    void withoutSpringsTransactionsItPublishesByItself() {
        var url = TestDatabase.create();
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(PosthornAutoConfiguration.class))
                .withBean(HikariDataSource.class, () -> TestDatabase.pool(url, true))
                .withPropertyValues("posthorn.secret-keys=in-the-clear")
                .withClassLoader(new FilteredClassLoader("org.springframework.jdbc", "org.springframework.transaction"))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(PostgresWebhookStore.class)
                        .doesNotHaveBean(TransactionTracker.class));
    }

    @Test
    void aDatabaseThatIsAwayFailsTheStart() {
        onDatabase("jdbc:postgresql://127.0.0.1:1/none")
                .run(context -> assertThat(context).getFailure().hasRootCauseInstanceOf(ConnectException.class));
    }

    @Test
    void anotherKindOfDatabaseIsRefusedInWords() {
        application
                .withBean(DataSource.class, OtherDatabase::new)
                .withPropertyValues("posthorn.secret-keys=in-the-clear")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(InvalidSettingsException.class)
                        .hasMessageContaining("posthorn.postgres.enabled")
                        .hasMessageContaining("Sometable"));
    }

    /** A database of another make, as far as it says itself. */
    private static final class OtherDatabase extends AbstractDataSource {
        @Override
        public Connection getConnection() {
            var metaData = proxy(DatabaseMetaData.class, "getDatabaseProductName", "Sometable");
            return proxy(Connection.class, "getMetaData", metaData);
        }

        @Override
        public Connection getConnection(String user, String password) throws SQLException {
            return getConnection();
        }

        private static <T> T proxy(Class<T> type, String method, Object answer) {
            return type.cast(java.lang.reflect.Proxy.newProxyInstance(
                    type.getClassLoader(),
                    new Class<?>[] {type},
                    (self, called, arguments) -> called.getName().equals(method) ? answer : null));
        }
    }

    @Test
    void aNativeImageIsToldOfTheStatements() {
        var hints = new RuntimeHints();
        new PostgresRuntimeHints().registerHints(hints, null);
        assertThat(RuntimeHintsPredicates.resource().forResource("dev/posthorn/webhook/postgres/V1.sql"))
                .accepts(hints);
        assertThat(PostgresWebhookStore.class.getResource("V1.sql")).isNotNull();
    }
}
