package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.spi.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log's tables, one for each day: ids are UUIDv7, which begin with milliseconds. They are made ahead, or when an id
 * needs one. Making one is attaching a table made apart, which does not wait for transactions that have written to the
 * log; {@code CREATE TABLE … PARTITION OF} would, and everybody else would wait behind it.
 */
final class Partitions {
    static final List<String> TABLES = List.of("event", "delivery", "attempt");

    private static final Logger log = LoggerFactory.getLogger(Partitions.class);

    /** How long detaching a table waits for transactions that use the log. */
    private static final Map<String, String> PATIENCE = Map.of("statement_timeout", "5s");

    private static final DateTimeFormatter SUFFIX = DateTimeFormatter.BASIC_ISO_DATE;

    /**
     * How full pages of deliveries are when they have been published, in percent. Those of a page mostly end together, and each must find
     * room there for its second version, or every index is told of another place: more than half of them did not at 70.
     */
    private static final int FILLED_BY_PUBLISHING = 48;

    private static final long MILLIS_A_DAY = 24 * 60 * 60 * 1_000;

    private final Database database;
    /** Days known to have all tables. */
    private final Set<LocalDate> known = ConcurrentHashMap.newKeySet();

    Partitions(Database database) {
        this.database = database;
    }

    /**
     * Writes rows with these ids, after making what is missing for them. A table that was made before may have been taken
     * away since by somebody else: then it is made again.
     */
    <T> T write(Collection<UUID> ids, Supplier<T> write) {
        try {
            return writeOnce(ids, write);
        } catch (StoreException problem) {
            if (!SqlFailures.isMissingPartition(problem)) {
                throw problem;
            }
            return writeOnce(ids, write);
        }
    }

    /**
     * Writes rows with these ids once, in a transaction of the host's, after making what is missing for them. A failure is the end of
     * that transaction; the next one finds what it needs.
     */
    <T> T writeOnce(Collection<UUID> ids, Supplier<T> write) {
        prepareFor(ids);
        try {
            return write.get();
        } catch (StoreException problem) {
            if (SqlFailures.isMissingPartition(problem)) {
                known.clear();
            }
            throw problem;
        }
    }

    /** Makes what is missing for rows with these ids. */
    void prepareFor(Collection<UUID> ids) {
        for (var id : ids) {
            var day = dayOf(id);
            if (!known.contains(day)) {
                make(day);
            }
        }
    }

    /** Makes those from a day on. */
    void prepare(LocalDate first, int days) {
        first.datesUntil(first.plusDays(days))
                .filter(day -> !known.contains(day))
                .forEach(this::make);
    }

    private void make(LocalDate day) {
        database.statement(connection -> {
            for (var table : TABLES) {
                make(connection, table, day);
            }
            return true;
        });
        known.add(day);
    }

    private void make(Connection connection, String table, LocalDate day) throws SQLException {
        var parent = "posthorn_" + table;
        var name = nameOf(table, day);
        // Two nodes may be at it together. A table that was made and not attached is one that a node died over.
        //
        // The planner believes that a small table is read fastest as a whole, and that plan is kept while the day's
        // rows
        // come: so it is made to have 100 pages, a row in each, which vacuum then leaves to it.
        execute(connection, """
                DO $$
                BEGIN
                    PERFORM pg_advisory_xact_lock(hashtext('%1$s'));
                    IF to_regclass('%1$s') IS NULL THEN
                        CREATE TABLE %1$s (LIKE %2$s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)
                            WITH (fillfactor = 10);
                        INSERT INTO %1$s SELECT filling.* FROM generate_series(1, 100) i,
                            json_populate_record(NULL::%1$s, json_build_object(
                                'id', md5(i::text), 'tenant', repeat('-', 900), 'url', repeat('-', 900),
                                'event_id', md5(''), 'subscription_id', md5(''), 'delivery_id', md5(''),
                                'type', '', 'content_type', '', 'payload', '', 'published_at', now(),
                                'deliveries', json_build_array(), 'event_type', '', 'status', '', 'version', 0,
                                'attempt_count', 0, 'attempts_this_round', 0, 'first_due_at', now(),
                                'created_at', now(), 'number', 0, 'started_at', now(), 'duration_nanos', 0,
                                'subscription_version', 0, 'outcome', '')) filling;
                        DELETE FROM %1$s;
                        ALTER TABLE %1$s SET (fillfactor = %3$d, vacuum_truncate = false);
                        ALTER TABLE %2$s ATTACH PARTITION %1$s FOR VALUES FROM ('%4$s') TO ('%5$s');
                    END IF;
                END $$
                """.formatted(
                        name,
                        parent,
                        table.equals("delivery") ? FILLED_BY_PUBLISHING : 100,
                        firstId(day),
                        firstId(day.plusDays(1))));
    }

    /** The days that have a table of this kind, in order. */
    NavigableSet<LocalDate> days(Connection connection, String table) throws SQLException {
        var sql = database.sql("""
                SELECT right(c.relname, 8) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = 'posthorn_%s'::regclass
                """.formatted(table));
        try (var statement = connection.prepareStatement(sql);
                var result = statement.executeQuery()) {
            var days = new TreeSet<LocalDate>();
            for (var row = new Row(result); row.next(); ) {
                days.add(LocalDate.parse(row.text(), SUFFIX));
            }
            return days;
        }
    }

    /**
     * Removes a day's table, or begins to: whoever has just used the log may keep it waiting, and then it is done another
     * time. It holds no lock meanwhile that a publisher needs.
     *
     * @return whether it is gone
     */
    boolean drop(Connection connection, String table, LocalDate day) throws SQLException {
        known.remove(day);
        var name = nameOf(table, day);
        try {
            return Session.with(connection, PATIENCE, same -> {
                // What was begun and given up before has to be ended in its own way.
                boolean isBegun = ask(same, """
                        SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = '%s'::regclass
                        """.formatted(name));
                execute(
                        same,
                        "ALTER TABLE posthorn_%s DETACH PARTITION %s %s"
                                .formatted(table, name, isBegun ? "FINALIZE" : "CONCURRENTLY"));
                remove(same, name);
                return true;
            });
        } catch (SQLException problem) {
            if (SqlFailures.isGivenUp(problem)) {
                log.debug("{} cannot be removed yet", name, problem);
                return false;
            }
            throw problem;
        }
    }

    /** Removes tables of days before this one that were taken out of the log by a node that then died. */
    void dropForgotten(Connection connection, String table, LocalDate before) throws SQLException {
        var forgotten = new TreeSet<LocalDate>();
        var sql = database.sql("""
                SELECT right(c.relname, 8) FROM pg_class c
                WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'posthorn_%1$s'::regclass)
                    AND c.relkind = 'r' AND NOT c.relispartition
                    AND c.relname ~ ('^' || (SELECT relname FROM pg_class WHERE oid = 'posthorn_%1$s'::regclass)
                        || '_[0-9]{8}$')
                """.formatted(table));
        try (var statement = connection.prepareStatement(sql);
                var result = statement.executeQuery()) {
            for (var row = new Row(result); row.next(); ) {
                forgotten.add(LocalDate.parse(row.text(), SUFFIX));
            }
        }
        for (var day : forgotten.headSet(before)) {
            remove(connection, nameOf(table, day));
        }
    }

    /**
     * Removes a table that is no part of the log any more. Its indexes go first, each in a transaction of its own: a commit that
     * frees files takes as long as they are large, and other commits wait for the file system meanwhile.
     */
    private void remove(Connection connection, String name) throws SQLException {
        for (var removal : removalsOfIndexes(connection, name)) {
            try (var statement = connection.createStatement()) {
                statement.execute(removal);
            }
        }
        execute(connection, "DROP TABLE " + name);
    }

    private List<String> removalsOfIndexes(Connection connection, String name) throws SQLException {
        var sql = database.sql("""
                SELECT CASE WHEN c.oid IS NULL THEN 'DROP INDEX ' || i.indexrelid::regclass
                    ELSE 'ALTER TABLE ' || i.indrelid::regclass || ' DROP CONSTRAINT ' || quote_ident(c.conname) END
                FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
                WHERE i.indrelid = '%s'::regclass
                """.formatted(name));
        var removals = new ArrayList<String>();
        try (var statement = connection.prepareStatement(sql);
                var result = statement.executeQuery()) {
            for (var row = new Row(result); row.next(); ) {
                removals.add(row.text());
            }
        }
        return removals;
    }

    private boolean ask(Connection connection, String sql) throws SQLException {
        try (var statement = connection.prepareStatement(database.sql(sql));
                var result = statement.executeQuery()) {
            var row = new Row(result);
            return row.next() && row.flag();
        }
    }

    private void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(database.sql(sql));
        }
    }

    static String nameOf(String table, LocalDate day) {
        return "posthorn_" + table + "_" + SUFFIX.format(day);
    }

    /** The day of an id, by the clock of whoever made it. */
    static LocalDate dayOf(UUID id) {
        return LocalDate.ofEpochDay((id.getMostSignificantBits() >>> 16) / MILLIS_A_DAY);
    }

    /** The least id of a day. */
    static UUID firstId(LocalDate day) {
        return firstId(day.atStartOfDay(ZoneOffset.UTC).toInstant());
    }

    /** The least id of a moment. */
    static UUID firstId(Instant moment) {
        return new UUID(moment.toEpochMilli() << 16, 0);
    }
}
