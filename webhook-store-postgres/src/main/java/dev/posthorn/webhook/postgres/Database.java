package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.spi.TimeSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.ZoneOffset;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Connections of a data source, and the forms of SQL text that all parts share. In a text every table's name begins with
 * {@code posthorn_}, {@code :now} stands for the present moment, and {@code :began} for the one at which the statement began. Safe
 * for use by several threads.
 */
final class Database {
    /** What the names of tables begin with in the texts of this package. */
    private static final String PREFIX = "posthorn_";

    // A scalar sub-select is evaluated once. Bare, the volatile function would be called for each row, and could not be
    // the bound of an index scan (measured: 23 ms against 0.03 ms beside 100,000 rows).
    private static final String DATABASE_CLOCK = "(SELECT clock_timestamp())";

    // Not for what is looked for: the planner would guess by the time it is now how much of a table is due, and keep to
    // it.
    // Where it is a value of rows to be written it costs nothing, and a sub-select for each column does.
    private static final String STATEMENT_CLOCK = "statement_timestamp()";

    private final DataSource dataSource;
    private final Names names;
    private final @Nullable TimeSource time;

    /** Work on a connection. */
    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    /** @param time {@code null} for the database's clock */
    Database(DataSource dataSource, Names names, @Nullable TimeSource time) {
        this.dataSource = dataSource;
        this.names = names;
        this.time = time;
    }

    /** As {@link #sql}, for a text that is used so often that it is to be put together once. */
    Supplier<String> often(String text) {
        if (time != null) {
            return () -> sql(text);
        }
        var sql = sql(text);
        return () -> sql;
    }

    /** A text as the database is to see it. */
    String sql(String text) {
        var named = text.replace(PREFIX, names.prefix());
        if (time == null) {
            return named.replace(":now", DATABASE_CLOCK).replace(":began", STATEMENT_CLOCK);
        }
        var moment = "timestamptz '" + time.now().atOffset(ZoneOffset.UTC) + "'";
        return named.replace(":now", "(SELECT " + moment + ")").replace(":began", moment);
    }

    Names names() {
        return names;
    }

    /** One statement, which commits itself, whatever the pool's default: a round trip less than a transaction. */
    <T> T statement(Work<T> work) {
        return connected(connection -> {
            boolean before = connection.getAutoCommit();
            connection.setAutoCommit(true);
            try {
                return work.on(connection);
            } finally {
                restore(connection, before);
            }
        });
    }

    /** Several statements in a transaction of their own. */
    <T> T transaction(Work<T> work) {
        return connected(connection -> {
            boolean before = connection.getAutoCommit();
            connection.setAutoCommit(false);
            boolean done = false;
            try {
                var result = work.on(connection);
                connection.commit();
                done = true;
                return result;
            } finally {
                if (!done) {
                    rollBack(connection);
                }
                restore(connection, before);
            }
        });
    }

    /** A connection for the caller to keep for a while, and to close. */
    Connection connection() throws SQLException {
        return dataSource.getConnection();
    }

    private <T> T connected(Work<T> work) {
        try (var connection = dataSource.getConnection()) {
            return work.on(connection);
        } catch (SQLException problem) {
            throw SqlFailures.of(problem);
        }
    }

    /** On a connection of the host's, which is neither committed nor closed. */
    static <T> T joined(Connection connection, Work<T> work) {
        try {
            return work.on(connection);
        } catch (SQLException problem) {
            throw SqlFailures.of(problem);
        }
    }

    private static void rollBack(Connection connection) throws SQLException {
        if (!connection.isClosed()) {
            connection.rollback();
        }
    }

    private static void restore(Connection connection, boolean autoCommit) throws SQLException {
        if (!connection.isClosed() && connection.getAutoCommit() != autoCommit) {
            connection.setAutoCommit(autoCommit);
        }
    }
}
