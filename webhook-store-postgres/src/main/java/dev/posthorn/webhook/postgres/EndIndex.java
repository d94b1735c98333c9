package dev.posthorn.webhook.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether something in a day's table is kept, so that the table cannot go. To read all of it takes 250 ms for a
 * million deliveries. So an index is made of when they ended, by blocks (BRIN: a few pages), before the day goes: then
 * only the blocks are read that may hold something kept, and mostly there are none.
 *
 * <p>It is made as late as that, because up to version 15 every update of a delivery has to touch all indexes if one of
 * them has a column that changes; and because a block in which something was pending once counts as such for good.
 */
final class EndIndex {
    private static final Logger log = LoggerFactory.getLogger(EndIndex.class);

    /** How long making it waits for a transaction that might see the table without it, and how long it may take in all. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final String AT_MOST = "60s";

    /** How long after it could not be made it is tried again. It is a help and no need. */
    private static final Duration PAUSE = Duration.ofHours(1);

    /** What was known of the rows when they were counted last tells little about those that are pending now. */
    private static final Map<String, String> BY_INDEX = Map.of("enable_seqscan", "off");

    private final Database database;
    private final Map<String, String> whileMaking;
    private final Map<LocalDate, Instant> triedAt = new ConcurrentHashMap<>();

    EndIndex(Database database) {
        this(database, PATIENCE);
    }

    EndIndex(Database database, Duration patience) {
        this.database = database;
        whileMaking = Map.of("lock_timeout", patience.toMillis() + "ms", "statement_timeout", AT_MOST);
    }

    /** Whether something of this day is pending, or ended at this moment or later. */
    boolean isKept(Connection connection, LocalDate day, Instant oldest) throws SQLException {
        var sql = "SELECT EXISTS (SELECT FROM %s WHERE completed_at IS NULL OR completed_at >= ?)"
                .formatted(tableOf(day));
        return Session.with(connection, BY_INDEX, same -> {
            try (var statement = same.prepareStatement(sql)) {
                new Parameters(statement).moment(oldest);
                try (var result = statement.executeQuery()) {
                    var row = new Row(result);
                    row.next();
                    return row.flag();
                }
            }
        });
    }

    /** Makes the index of a day's table, unless it is there. Nobody who writes to the table waits for that. */
    void make(Connection connection, LocalDate day, Instant now) throws SQLException {
        var tried = triedAt.get(day);
        if (tried != null && now.isBefore(tried.plus(PAUSE))) {
            return;
        }
        triedAt.keySet().removeIf(each -> each.isBefore(day));
        if (isThere(connection, day)) {
            return;
        }
        triedAt.put(day, now);
        try {
            Session.with(connection, whileMaking, same -> {
                // One that was begun and given up is of no use.
                execute(same, "DROP INDEX CONCURRENTLY IF EXISTS " + nameOn(day));
                execute(
                        same,
                        "CREATE INDEX CONCURRENTLY %s ON %s USING brin (completed_at)"
                                .formatted(unqualified(nameOn(day)), tableOf(day)));
                return true;
            });
        } catch (SQLException problem) {
            if (!SqlFailures.isGivenUp(problem)) {
                throw problem;
            }
            log.debug("{} cannot be indexed now", tableOf(day), problem);
        }
    }

    private boolean isThere(Connection connection, LocalDate day) throws SQLException {
        var sql = "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(?) AND indisvalid)";
        try (var statement = connection.prepareStatement(sql)) {
            new Parameters(statement).text(nameOn(day));
            try (var result = statement.executeQuery()) {
                var row = new Row(result);
                row.next();
                return row.flag();
            }
        }
    }

    private String tableOf(LocalDate day) {
        return database.sql(Partitions.nameOf("delivery", day));
    }

    private String nameOn(LocalDate day) {
        return tableOf(day) + "_end";
    }

    /** An index is made where its table is, and its name given without that. */
    private static String unqualified(String name) {
        return name.substring(name.indexOf('.') + 1);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
