package dev.posthorn.webhook.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.UUID;

/**
 * Removes what is past the retention: a day at a time by dropping its tables, and row by row where something that is kept
 * stands in the way. What is past the retention is hidden at once, whenever it is removed.
 */
final class Purge {
    /** How far ahead tables are made. */
    private static final int DAYS_AHEAD = 7;

    private final Database database;
    private final Partitions partitions;
    private final EndIndex ends;

    Purge(Database database, Partitions partitions) {
        this.database = database;
        this.partitions = partitions;
        ends = new EndIndex(database);
    }

    int purge(Duration retention, int limit) {
        var now = keep(retention);
        partitions.prepare(dayOf(now), DAYS_AHEAD + 1);
        var oldest = now.minus(retention);
        return database.statement(connection -> purge(connection, now, oldest, limit));
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

    private int purge(Connection connection, Instant now, Instant oldest, int limit) throws SQLException {
        int removed = 0;
        boolean isDropped = false;
        var first = dayOf(oldest);
        LocalDate firstKept = null;
        for (var day : partitions.days(connection, "delivery").headSet(first)) {
            if (isDropped) {
                // One at a time, so that a node with many to remove does other things in between.
                firstKept = firstKept == null ? day : firstKept;
                removed = limit;
                break;
            }
            if (ends.isKept(connection, day, oldest)) {
                // It will be looked at each time from now on.
                ends.make(connection, day, now);
            } else if (partitions.drop(connection, "delivery", day)) {
                isDropped = true;
                continue;
            }
            firstKept = firstKept == null ? day : firstKept;
            removed += deleteEnded(connection, day, oldest, limit - removed);
            if (removed >= limit) {
                return limit;
            }
        }
        var kept = firstKept == null ? first : firstKept;
        // An event may have been published just before the midnight at which its deliveries begin, and an attempt is
        // never
        // older than its delivery.
        dropBefore(connection, "event", kept.minusDays(1));
        dropBefore(connection, "attempt", kept);
        for (var table : Partitions.TABLES) {
            partitions.dropForgotten(connection, table, kept.minusDays(1));
        }
        if (!isDropped
                && first.isBefore(dayOf(now))
                && partitions.days(connection, "delivery").contains(first)) {
            // The next to go, in a day at most.
            ends.make(connection, first, now);
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
