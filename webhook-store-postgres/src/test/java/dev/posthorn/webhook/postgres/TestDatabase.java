package dev.posthorn.webhook.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.SecretKeys;
import dev.posthorn.webhook.spi.TimeSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The PostgreSQL that tests run on: the one at the JDBC URL in {@code WEBHOOK_TEST_POSTGRES_URL}, a system property or an
 * environment variable, else one that is started for this JVM. Every store gets a schema of its own.
 */
final class TestDatabase {
    static final SecretKeys KEYS = SecretKeys.of("test", new byte[32]);

    private static final String RUN = "t" + UUID.randomUUID().toString().substring(0, 8);
    private static final AtomicInteger SCHEMAS = new AtomicInteger();

    private static @Nullable String url;
    private static @Nullable DataSource autoCommitting;
    private static @Nullable DataSource notAutoCommitting;

    private TestDatabase() {}

    static synchronized String url() {
        if (url == null) {
            url = given();
            if (url == null) {
                try {
                    url = EmbeddedPostgres.builder()
                            .setServerConfig("max_connections", "200")
                            .start()
                            .getJdbcUrl("postgres", "postgres");
                } catch (IOException problem) {
                    throw new UncheckedIOException(problem);
                }
            }
        }
        return url;
    }

    private static @Nullable String given() {
        var property = System.getProperty("WEBHOOK_TEST_POSTGRES_URL");
        return property != null ? property : System.getenv("WEBHOOK_TEST_POSTGRES_URL");
    }

    /** A pool whose connections commit each statement, as JDBC has it. */
    static synchronized DataSource autoCommitting() {
        if (autoCommitting == null) {
            autoCommitting = pool(true, 20);
        }
        return autoCommitting;
    }

    /** A pool whose connections begin transactions by themselves. */
    static synchronized DataSource notAutoCommitting() {
        if (notAutoCommitting == null) {
            notAutoCommitting = pool(false, 20);
        }
        return notAutoCommitting;
    }

    static HikariDataSource pool(boolean autoCommit, int size) {
        var config = new HikariConfig();
        config.setJdbcUrl(url());
        config.setAutoCommit(autoCommit);
        config.setMaximumPoolSize(size);
        return new HikariDataSource(config);
    }

    /** A builder for an empty store on this clock. */
    static PostgresWebhookStore.Builder builder(DataSource dataSource, TimeSource time) {
        return PostgresWebhookStore.builder(dataSource, TestDatabase.KEYS)
                .schema(newSchema())
                .time(time);
    }

    static String newSchema() {
        return RUN + "_" + SCHEMAS.incrementAndGet();
    }
}
