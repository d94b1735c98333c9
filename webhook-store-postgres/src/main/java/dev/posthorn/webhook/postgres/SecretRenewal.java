package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.spi.RenewedSecrets;
import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.spi.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Encrypts secrets anew that lie under another key than is used now. */
final class SecretRenewal {
    private static final Logger log = LoggerFactory.getLogger(SecretRenewal.class);

    private final Database database;
    private final SecretCipher cipher;

    private record Encrypted(UUID id, Bytes secrets) {}

    private record Renewed(UUID id, Bytes before, Bytes after) {}

    SecretRenewal(Database database, SecretCipher cipher) {
        this.database = database;
        this.cipher = cipher;
    }

    RenewedSecrets renew(@Nullable UUID after, int limit) {
        var page = read(after, limit);
        var renewed = new ArrayList<Renewed>();
        int unreadable = 0;
        for (var stored : page) {
            var before = stored.secrets.toByteArray();
            if (cipher.isCurrent(before)) {
                continue;
            }
            try {
                var plain = cipher.decrypt(stored.id, before);
                renewed.add(new Renewed(stored.id, stored.secrets, Bytes.wrap(cipher.encrypt(stored.id, plain))));
            } catch (StoreException problem) {
                if (problem.isTransient()) {
                    throw problem;
                }
                // It must not keep others from being renewed.
                log.debug("secrets are left as they are", problem);
                unreadable++;
            }
        }
        int written = renewed.isEmpty() ? 0 : write(renewed);
        boolean isEnd = page.size() < limit;
        return new RenewedSecrets(written, unreadable, isEnd ? null : page.get(page.size() - 1).id);
    }

    private List<Encrypted> read(@Nullable UUID after, int limit) {
        var sql = database.sql("""
                SELECT id, secrets FROM posthorn_subscription WHERE id > ? AND NOT is_deleted ORDER BY id LIMIT ?
                """);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement)
                        .uuid(after == null ? new UUID(0, 0) : after)
                        .number(limit);
                try (var result = statement.executeQuery()) {
                    var page = new ArrayList<Encrypted>();
                    for (var row = new Row(result); row.next(); ) {
                        page.add(new Encrypted(row.uuid(), row.bytes()));
                    }
                    return page;
                }
            }
        });
    }

    /** Nobody waits for the history: what readers see of these subscriptions does not change. */
    private int write(List<Renewed> renewed) {
        var sql = database.sql("""
                UPDATE posthorn_subscription s SET secrets = given.after
                FROM unnest(?::uuid[], ?::bytea[], ?::bytea[]) AS given (id, before, after)
                WHERE s.id = given.id AND s.secrets = given.before
                """);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement)
                        .uuids(renewed, Renewed::id)
                        .manyBytes(renewed, Renewed::before)
                        .manyBytes(renewed, Renewed::after);
                return statement.executeUpdate();
            }
        });
    }
}
