package dev.posthorn.webhook.redis;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.SecretKeys;
import dev.posthorn.webhook.postgres.PostgresWebhookStore;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The PostgreSQL for stores beside the queue: the one at the JDBC URL in {@code WEBHOOK_TEST_POSTGRES_URL}, a system property
 * or an environment variable, else one that is started for this JVM.
 */
final class TestPostgres {
    private static final SecretKeys KEYS = SecretKeys.of("test", new byte[32]);

    private static @Nullable String url;

    private TestPostgres() {}

    static synchronized String url() {
        if (url == null) {
            var property = System.getProperty("WEBHOOK_TEST_POSTGRES_URL");
            url = property != null ? property : System.getenv("WEBHOOK_TEST_POSTGRES_URL");
        }
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
        return url;
    }

    static String newSchema() {
        return "r" + UUID.randomUUID().toString().substring(0, 8);
    }

    static HikariDataSource pool(String url) {
        var config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(8);
        config.setConnectionTimeout(2_000);
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }

    /** A store whose queue is elsewhere. */
    static PostgresWebhookStore store(HikariDataSource pool, String schema) {
        return PostgresWebhookStore.builder(pool, KEYS)
                .schema(schema)
                .withoutQueue()
                .build();
    }
}
