package dev.posthorn.webhook.spring;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The PostgreSQL that tests run on: the one at the JDBC URL in {@code WEBHOOK_TEST_POSTGRES_URL}, a system property or an
 * environment variable, else one that is started for this JVM. Every test gets a database of its own.
 */
final class TestDatabase {
    private static @Nullable String url;

    private TestDatabase() {}

    private static synchronized String serverUrl() {
        if (url == null) {
            var property = System.getProperty("WEBHOOK_TEST_POSTGRES_URL");
            url = property != null ? property : System.getenv("WEBHOOK_TEST_POSTGRES_URL");
        }
        if (url == null) {
            try {
                url = EmbeddedPostgres.builder().start().getJdbcUrl("postgres", "postgres");
            } catch (IOException problem) {
                throw new UncheckedIOException(problem);
            }
        }
        return url;
    }

    /** The URL of a new and empty database. */
    static String create() {
        var name = "t" + UUID.randomUUID().toString().replace("-", "");
        try (var connection = DriverManager.getConnection(serverUrl());
                var statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException problem) {
            throw new IllegalStateException(problem);
        }
        return serverUrl().replaceFirst("/[^/?]*(?=(\\?|$))", "/" + name);
    }

    /** A pool of connections to a database. */
    static HikariDataSource pool(String databaseUrl, boolean autoCommit) {
        var config = new HikariConfig();
        config.setJdbcUrl(databaseUrl);
        config.setAutoCommit(autoCommit);
        config.setMaximumPoolSize(10);
        return new HikariDataSource(config);
    }
}
