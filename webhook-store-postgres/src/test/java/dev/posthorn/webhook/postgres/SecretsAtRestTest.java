package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.posthorn.webhook.SecretKeys;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.spi.RenewedSecrets;
import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.spi.SubscriptionChanges;
import dev.posthorn.webhook.tck.Samples;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.UUID;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What lies in the database of the secrets of subscriptions. */
class SecretsAtRestTest {
    private static final SecretKeys OLD = SecretKeys.of("old", new byte[32]);
    private static final SecretKeys NEW = SecretKeys.of("new", "x".repeat(32).getBytes(StandardCharsets.US_ASCII));

    private static final SecretKeys BOTH = SecretKeys.of("new", "x".repeat(32).getBytes(StandardCharsets.US_ASCII))
            .alsoReading("old", new byte[32]);

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

        assertThat(store(BOTH).subscriptions().find(id)).contains(stored);
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> store(NEW).subscriptions().find(id))
                .withMessageContaining("old");

        // What is written again is under the new key.
        store(BOTH).subscriptions().update(samples.changed(stored, settings -> settings.description("again")));
        assertThat(store(NEW).subscriptions().find(id)).isPresent();
    }

    @Test
    void anOldKeyCanBeTakenAwayAfterWhatLayUnderItWasEncryptedAnew() throws SQLException {
        var all = Stream.generate(samples::subscription).limit(5).toList();
        all.forEach(store(OLD).subscriptions()::insert);
        var gone = all.get(4).subscription().id();
        store(OLD).subscriptions().delete(gone);
        var subscriptions = store(BOTH).subscriptions();
        long position = subscriptions.changes(SubscriptionChanges.START, 100).position();

        var first = subscriptions.renewSecrets(null, 3);
        assertThat(first.renewed()).isEqualTo(3);
        assertThat(first.reached()).isEqualTo(all.get(2).subscription().id());
        assertThat(keysInUse()).isEqualTo("new: 3, old: 1");
        assertThat(subscriptions.renewSecrets(first.reached(), 3)).isEqualTo(new RenewedSecrets(1, 0, null));
        assertThat(subscriptions.renewSecrets(null, 100)).isEqualTo(new RenewedSecrets(0, 0, null));

        assertThat(keysInUse()).isEqualTo("new: 4");
        for (var stored : all.subList(0, 4)) {
            assertThat(store(NEW).subscriptions().find(stored.subscription().id()))
                    .contains(stored);
        }
        // For those who read the history nothing has changed.
        assertThat(store(NEW).subscriptions().changes(position, 100).changes()).isEmpty();
    }

    @Test
    void whatCannotBeReadIsLeftAndHoldsUpNothing() {
        var lost = samples.subscription();
        store(SecretKeys.of("lost", new byte[32])).subscriptions().insert(lost);
        var stored = samples.subscription();
        store(OLD).subscriptions().insert(stored);

        assertThat(store(BOTH).subscriptions().renewSecrets(null, 10)).isEqualTo(new RenewedSecrets(1, 1, null));

        assertThat(store(NEW).subscriptions().find(stored.subscription().id())).contains(stored);
        assertThat(store(SecretKeys.of("lost", new byte[32]))
                        .subscriptions()
                        .find(lost.subscription().id()))
                .contains(lost);
    }

    @Test
    void aChangeThatIsMadeMeanwhileWins() {
        var stored = samples.subscription();
        store(OLD).subscriptions().insert(stored);
        var rotated = samples.changed(stored, settings -> settings.description("changed meanwhile"));
        var changing = new SecretCipher() {
            @Override
            public byte[] encrypt(UUID subscriptionId, byte[] plain) {
                // It was read before, and is written after this.
                store(OLD).subscriptions().update(rotated);
                return BOTH.encrypt(subscriptionId, plain);
            }

            @Override
            public byte[] decrypt(UUID subscriptionId, byte[] encrypted) {
                return BOTH.decrypt(subscriptionId, encrypted);
            }

            @Override
            public boolean isCurrent(byte[] encrypted) {
                return BOTH.isCurrent(encrypted);
            }
        };

        assertThat(store(changing).subscriptions().renewSecrets(null, 10).renewed())
                .isZero();

        assertThat(store(OLD).subscriptions().find(stored.subscription().id())).contains(rotated);
    }

    @Test
    void aNodeThatRunsDoesItByItself() {
        var all = Stream.generate(samples::subscription).limit(600).toList();
        all.forEach(store(OLD).subscriptions()::insert);

        try (var node = WebhookDispatcher.builder(store(BOTH)).build()) {
            node.start();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> keysInUse().equals("new: 600"));
        }
    }

    /** What operations.md tells operators to ask. */
    private String keysInUse() throws SQLException {
        try (var connection = TestDatabase.autoCommitting().getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery("""
                        SELECT convert_from(substring(secrets FROM 3 FOR get_byte(secrets, 1)), 'UTF8') AS key, count(*)
                        FROM %s.posthorn_subscription WHERE NOT is_deleted GROUP BY key ORDER BY key
                        """.formatted(schema))) {
            var keys = new ArrayList<String>();
            while (result.next()) {
                keys.add(result.getString(1) + ": " + result.getLong(2));
            }
            return String.join(", ", keys);
        }
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
