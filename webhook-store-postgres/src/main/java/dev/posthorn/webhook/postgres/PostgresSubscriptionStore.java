package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.Page;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.Subscription.DisabledReason;
import dev.posthorn.webhook.SubscriptionQuery;
import dev.posthorn.webhook.SubscriptionStatus;
import dev.posthorn.webhook.spi.Chore;
import dev.posthorn.webhook.spi.EndpointReport;
import dev.posthorn.webhook.spi.FailingMark;
import dev.posthorn.webhook.spi.RenewedSecrets;
import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.spi.StoredSubscription;
import dev.posthorn.webhook.spi.SubscriptionChanges;
import dev.posthorn.webhook.spi.SubscriptionStore;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Subscriptions, with a history whose positions are given out under a row lock that is held until the commit: so no reader
 * can pass a change that is not committed yet.
 */
final class PostgresSubscriptionStore implements SubscriptionStore {
    private static final String COLUMNS =
            " id, tenant, version, status, disabled_reason, settings, secrets, created_at, updated_at ";

    private final Database database;
    private final SecretCipher cipher;
    private final FailingMarks marks;
    private final SecretRenewal renewal;

    PostgresSubscriptionStore(Database database, SecretCipher cipher) {
        this.database = database;
        this.cipher = cipher;
        marks = new FailingMarks(database);
        renewal = new SecretRenewal(database, cipher);
    }

    @Override
    public void insert(StoredSubscription stored) {
        var sql = database.sql("""
                WITH history AS (UPDATE posthorn_history SET position = position + 1 RETURNING position)
                INSERT INTO posthorn_subscription
                    (id, tenant, version, status, disabled_reason, settings, secrets, created_at, updated_at, position)
                SELECT ?, ?, ?, ?, ?, ?::json, ?, ?, ?, position FROM history
                """);
        var subscription = stored.subscription();
        try {
            database.statement(connection -> {
                try (var statement = connection.prepareStatement(sql)) {
                    settings(new Parameters(statement).uuid(subscription.id()).text(subscription.tenant()), stored);
                    return statement.executeUpdate();
                }
            });
        } catch (StoreException problem) {
            if (problem.getCause() instanceof SQLException cause && SqlFailures.DUPLICATE.equals(cause.getSQLState())) {
                throw new ConflictException("there is or was a subscription " + subscription.id());
            }
            throw problem;
        }
    }

    private void settings(Parameters parameters, StoredSubscription stored) throws SQLException {
        var subscription = stored.subscription();
        var reason = subscription.disabledReason();
        parameters
                .number(subscription.version())
                .text(subscription.status().name())
                .text(reason == null ? null : reason.name())
                .text(StoredSettings.write(subscription.settings()))
                .bytes(cipher.encrypt(subscription.id(), StoredSettings.secrets(stored.secrets())))
                .moment(subscription.createdAt())
                .moment(subscription.updatedAt());
    }

    @Override
    public boolean update(StoredSubscription stored) {
        var sql = database.sql("""
                WITH before AS MATERIALIZED (
                    SELECT id, status FROM posthorn_subscription
                    WHERE id = ? AND version = ? AND NOT is_deleted FOR UPDATE
                ),
                history AS (
                    UPDATE posthorn_history SET position = position + 1 WHERE EXISTS (SELECT FROM before)
                    RETURNING position
                ),
                given AS MATERIALIZED (
                    SELECT ?::bigint AS version, ?::text AS status, ?::text AS disabled_reason, ?::json AS settings,
                        ?::bytea AS secrets, ?::timestamptz AS created_at, ?::timestamptz AS updated_at
                ),
                chore AS (
                    INSERT INTO posthorn_chore (subscription_id, version, kind, position)
                    SELECT before.id, given.version, 'RESTORE', history.position FROM before, history, given
                    WHERE before.status <> 'ACTIVE' AND given.status = 'ACTIVE'
                    ON CONFLICT (subscription_id) DO UPDATE
                        SET version = excluded.version, kind = excluded.kind, position = excluded.position
                )
                UPDATE posthorn_subscription s
                SET version = given.version, status = given.status, disabled_reason = given.disabled_reason,
                    settings = given.settings, secrets = given.secrets, updated_at = given.updated_at,
                    position = history.position
                FROM before, history, given WHERE s.id = before.id
                """);
        var subscription = stored.subscription();
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                settings(new Parameters(statement).uuid(subscription.id()).number(subscription.version() - 1), stored);
                return statement.executeUpdate() == 1;
            }
        });
    }

    @Override
    public boolean delete(UUID id) {
        var sql = database.sql("""
                WITH before AS MATERIALIZED (
                    SELECT id, version FROM posthorn_subscription WHERE id = ? AND NOT is_deleted FOR UPDATE
                ),
                history AS (
                    UPDATE posthorn_history SET position = position + 1 WHERE EXISTS (SELECT FROM before)
                    RETURNING position
                ),
                chore AS (
                    INSERT INTO posthorn_chore (subscription_id, version, kind, position)
                    SELECT before.id, before.version + 1, 'CANCEL', history.position FROM before, history
                    ON CONFLICT (subscription_id) DO UPDATE
                        SET version = excluded.version, kind = excluded.kind, position = excluded.position
                ),
                unmarked AS (DELETE FROM posthorn_failing f USING before WHERE f.subscription_id = before.id)
                UPDATE posthorn_subscription s
                SET is_deleted = true, version = before.version + 1, settings = NULL, secrets = NULL,
                    position = history.position
                FROM before, history WHERE s.id = before.id
                """);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement).uuid(id);
                return statement.executeUpdate() == 1;
            }
        });
    }

    @Override
    public Optional<StoredSubscription> find(UUID id) {
        var sql = database.sql("SELECT" + COLUMNS + "FROM posthorn_subscription WHERE id = ? AND NOT is_deleted");
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement).uuid(id);
                try (var result = statement.executeQuery()) {
                    var row = new Row(result);
                    return row.next() ? Optional.of(read(row)) : Optional.empty();
                }
            }
        });
    }

    @Override
    public Page<Subscription> list(SubscriptionQuery query) {
        var sql = database.sql("SELECT" + COLUMNS + """
                FROM posthorn_subscription
                WHERE NOT is_deleted AND (?::text IS NULL OR tenant = ?) AND (?::uuid IS NULL OR id > ?)
                ORDER BY id LIMIT ?
                """);
        var after = query.after() == null ? null : UUID.fromString(query.after());
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement)
                        .text(query.tenant())
                        .text(query.tenant())
                        .uuid(after)
                        .uuid(after)
                        .number(query.limit() + 1L);
                try (var result = statement.executeQuery()) {
                    var items = new ArrayList<Subscription>();
                    for (var row = new Row(result); row.next(); ) {
                        items.add(read(row).subscription());
                    }
                    if (items.size() <= query.limit()) {
                        return new Page<>(items, null);
                    }
                    var page = items.subList(0, query.limit());
                    return new Page<>(page, page.get(page.size() - 1).id().toString());
                }
            }
        });
    }

    @Override
    public SubscriptionChanges changes(long position, int limit) {
        var sql = database.sql("SELECT position, is_deleted," + COLUMNS + """
                FROM posthorn_subscription WHERE position > ? ORDER BY position LIMIT ?
                """);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement).number(position).number(limit);
                try (var result = statement.executeQuery()) {
                    var changes = new ArrayList<SubscriptionChanges.Change>();
                    long reached = position;
                    for (var row = new Row(result); row.next(); ) {
                        reached = row.number();
                        changes.add(row.flag() ? new SubscriptionChanges.Change(row.uuid(), null) : change(read(row)));
                    }
                    return new SubscriptionChanges(changes, reached);
                }
            }
        });
    }

    private static SubscriptionChanges.Change change(StoredSubscription stored) {
        return new SubscriptionChanges.Change(stored.subscription().id(), stored);
    }

    private StoredSubscription read(Row row) throws SQLException {
        var id = row.uuid();
        // A node keeps all subscriptions in memory, and they have few tenants.
        var tenant = row.text().intern();
        long version = row.number();
        var status = SubscriptionStatus.valueOf(row.text());
        var reason = row.optionalText();
        var settings = StoredSettings.settings(row.text());
        var secrets = StoredSettings.secrets(cipher.decrypt(id, row.bytes().toByteArray()));
        var createdAt = row.moment();
        var updatedAt = row.moment();
        var subscription = new Subscription(
                id,
                tenant,
                settings,
                status,
                reason == null ? null : DisabledReason.valueOf(reason),
                version,
                createdAt,
                updatedAt.equals(createdAt) ? createdAt : updatedAt);
        return new StoredSubscription(subscription, secrets);
    }

    @Override
    public RenewedSecrets renewSecrets(@Nullable UUID after, int limit) {
        return renewal.renew(after, limit);
    }

    @Override
    public List<Chore> chores(int limit) {
        var sql = database.sql("SELECT subscription_id, version, kind FROM posthorn_chore ORDER BY position LIMIT ?");
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement).number(limit);
                try (var result = statement.executeQuery()) {
                    var chores = new ArrayList<Chore>();
                    for (var row = new Row(result); row.next(); ) {
                        chores.add(new Chore(row.uuid(), row.number(), Chore.Kind.valueOf(row.text())));
                    }
                    return chores;
                }
            }
        });
    }

    @Override
    public void choreDone(Chore chore) {
        var sql = database.sql("DELETE FROM posthorn_chore WHERE subscription_id = ? AND version = ? AND kind = ?");
        database.statement(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                new Parameters(statement)
                        .uuid(chore.subscriptionId())
                        .number(chore.version())
                        .text(chore.kind().name());
                return statement.executeUpdate();
            }
        });
    }

    @Override
    public void report(List<EndpointReport> reports) {
        marks.report(reports);
    }

    @Override
    public List<FailingMark> failing(Duration atLeast, int failures, int limit) {
        return marks.failing(atLeast, failures, limit);
    }

    @Override
    public Optional<FailingMark> failing(UUID subscriptionId) {
        return marks.failing(subscriptionId);
    }
}
