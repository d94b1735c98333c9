package dev.posthorn.webhook.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Removes what is past the retention: a day at a time by dropping its tables, and row by row where something that is kept
 * stands in the way. What is past the retention is hidden at once, whenever it is removed.
 */
final class Purge {
    /** How far ahead tables are made. */
    private static final int DAYS_AHEAD = 7;

    private final Database database;
    private final Partitions partitions;
    /** By day, a delivery that was seen to keep its table. */
    private final Map<LocalDate, UUID> keptOf = new ConcurrentHashMap<>();

    Purge(Database database, Partitions partitions) {
        this.database = database;
        this.partitions = partitions;
    }

    int purge(Duration retention, int limit) {
        var now = keep(retention);
        partitions.prepare(dayOf(now), DAYS_AHEAD + 1);
        var oldest = now.minus(retention);
        return database.statement(connection -> purge(connection, oldest, limit));
    }

    private static LocalDate dayOf(Instant moment) {
        return LocalDate.ofInstant(moment, ZoneOffset.UTC);
    }

    /** Has reads hide by this retention, on every node, and tells the time. */
    private Instant keep(Duration retention) {
        var sql = database.sql("""
                WITH given AS MATERIALIZED (SELECT ? * interval '1 microsecond' AS kept),
                changed AS (
                    UPDATE posthorn_retention r SET kept = given.kept FROM given
                    WHERE r.kept IS DISTINCT FROM given.kept
                )
                SELECT :now
                """);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement).duration(retention);
                try (var result = statement.executeQuery()) {
                    var row = new Row(result);
                    row.next();
                    return row.moment();
                }
            }
        });
    }

    private int purge(Connection connection, Instant oldest, int limit) throws SQLException {
        int removed = 0;
        LocalDate firstKept = null;
        for (var day : partitions.days(connection, "delivery")) {
            if (!day.isBefore(dayOf(oldest))) {
                firstKept = firstKept == null ? day : firstKept;
                break;
            }
            if (isKept(connection, day, oldest) || !partitions.drop(connection, "delivery", day)) {
                firstKept = firstKept == null ? day : firstKept;
                removed += deleteEnded(connection, day, oldest, limit - removed);
                if (removed >= limit) {
                    return limit;
                }
            }
        }
        var kept = firstKept == null ? dayOf(oldest) : firstKept;
        // An event may have been published just before the midnight at which its deliveries begin, and an attempt is
        // never
        // older than its delivery.
        dropBefore(connection, "event", kept.minusDays(1));
        dropBefore(connection, "attempt", kept);
        for (var table : Partitions.TABLES) {
            partitions.dropForgotten(connection, table, kept.minusDays(1));
        }
        return removed;
    }

    private void dropBefore(Connection connection, String table, LocalDate first) throws SQLException {
        for (var day : partitions.days(connection, table).headSet(first)) {
            if (partitions.drop(connection, table, day) && table.equals("event")) {
                forgetKeys(connection, Partitions.firstId(day.plusDays(1)));
            }
        }
    }

    private void forgetKeys(Connection connection, UUID beforeId) throws SQLException {
        try (var statement =
                connection.prepareStatement(database.sql("DELETE FROM posthorn_idempotency_key WHERE event_id < ?"))) {
            new Parameters(statement).uuid(beforeId);
            statement.executeUpdate();
        }
    }

    /** Whether something in a day's table is kept. Reads all of it only once: what is found is what is looked at next time. */
    private boolean isKept(Connection connection, LocalDate day, Instant oldest) throws SQLException {
        var before = keptOf.remove(day);
        var kept = before == null ? null : firstKept(connection, day, oldest, "id = ? AND", before);
        if (kept == null) {
            kept = firstKept(connection, day, oldest, "", null);
        }
        if (kept == null) {
            return false;
        }
        keptOf.put(day, kept);
        return true;
    }

    private @Nullable UUID firstKept(
            Connection connection, LocalDate day, Instant oldest, String condition, @Nullable UUID id)
            throws SQLException {
        var sql = database.sql("SELECT id FROM %s WHERE %s (completed_at IS NULL OR completed_at >= ?) LIMIT 1"
                .formatted(Partitions.nameOf("delivery", day), condition));
        try (var statement = connection.prepareStatement(sql)) {
            var parameters = new Parameters(statement);
            if (id != null) {
                parameters.uuid(id);
            }
            parameters.moment(oldest);
            try (var result = statement.executeQuery()) {
                var row = new Row(result);
                return row.next() ? row.uuid() : null;
            }
        }
    }

    private int deleteEnded(Connection connection, LocalDate day, Instant oldest, int limit) throws SQLException {
        var sql = database.sql("""
                WITH ended AS MATERIALIZED (
                    SELECT id FROM %1$s WHERE completed_at < ? LIMIT ? FOR UPDATE SKIP LOCKED
                ),
                attempt AS (
                    DELETE FROM posthorn_attempt
                    WHERE delivery_id = ANY (ARRAY (SELECT id FROM ended)) AND id >= ?
                )
                DELETE FROM %1$s d USING ended WHERE d.id = ended.id
                """.formatted(Partitions.nameOf("delivery", day)));
        try (var statement = connection.prepareStatement(sql)) {
            new Parameters(statement).moment(oldest).number(limit).uuid(Partitions.firstId(day));
            return statement.executeUpdate();
        }
    }
}
