package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.posthorn.webhook.SecretKeys;
import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.tck.Samples;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What lies in the database of the secrets of subscriptions. */
class SecretsAtRestTest {
    private static final SecretKeys OLD = SecretKeys.of("old", new byte[32]);
    private static final SecretKeys NEW = SecretKeys.of("new", "x".repeat(32).getBytes(StandardCharsets.US_ASCII));

    private final String schema = TestDatabase.newSchema();
    private final Samples samples = new Samples(Instant::now);

    private PostgresWebhookStore store(SecretCipher secrets) {
        return PostgresWebhookStore.builder(TestDatabase.autoCommitting(), secrets)
                .schema(schema)
                .build();
    }

    @Test
    void aSecretIsNowhereInTheRow() throws SQLException {
        var stored = samples.subscription();
        store(OLD).subscriptions().insert(stored);
        var secret = stored.secrets().get(0).secret().reveal();

        assertThat(row()).doesNotContain(secret.substring("whsec_".length()));
        assertThat(store(OLD).subscriptions().find(stored.subscription().id())).contains(stored);
    }

    @Test
    void itLiesThereInTheClearWhereThatWasSaid() throws SQLException {
        var stored = samples.subscription();
        store(SecretCipher.secretsInTheClear()).subscriptions().insert(stored);

        assertThat(row()).contains(stored.secrets().get(0).secret().reveal());
    }

    @Test
    void keysCanBeChangedAndAMissingOneIsTold() {
        var stored = samples.subscription();
        var id = stored.subscription().id();
        store(OLD).subscriptions().insert(stored);

        var both = SecretKeys.of("new", "x".repeat(32).getBytes(StandardCharsets.US_ASCII))
                .alsoReading("old", new byte[32]);
        assertThat(store(both).subscriptions().find(id)).contains(stored);
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> store(NEW).subscriptions().find(id))
                .withMessageContaining("old");

        // What is written again is under the new key.
        store(both).subscriptions().update(samples.changed(stored, settings -> settings.description("again")));
        assertThat(store(NEW).subscriptions().find(id)).isPresent();
    }

    /** The only row, its bytes as text. */
    private String row() throws SQLException {
        try (var connection = TestDatabase.autoCommitting().getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery(
                        "SELECT s::text || encode(secrets, 'escape') FROM %s.posthorn_subscription s"
                                .formatted(schema))) {
            result.next();
            return result.getString(1);
        }
    }
}
