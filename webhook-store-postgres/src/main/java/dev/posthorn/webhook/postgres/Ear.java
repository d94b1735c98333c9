package dev.posthorn.webhook.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;

/** A connection that listens to a channel until it is closed. Used by one thread at a time. */
final class Ear {
    private final Connection connection;
    private final PGConnection driver;
    private final String channel;
    private final int answerMillis;
    private final boolean autoCommitBefore;

    private Ear(Connection connection, String channel, int answerMillis) throws SQLException {
        this.connection = connection;
        this.channel = channel;
        this.answerMillis = answerMillis;
        driver = connection.unwrap(PGConnection.class);
        autoCommitBefore = connection.getAutoCommit();
        // In a transaction nothing would be heard.
        connection.setAutoCommit(true);
    }

    /**
     * Takes the connection, and gives it back if that fails.
     *
     * @param answerMillis how long the server may take to answer: over a network that is dead it never does
     */
    static Ear open(Connection connection, String channel, int answerMillis) throws SQLException {
        try {
            var ear = new Ear(connection, channel, answerMillis);
            ear.listen();
            return ear;
        } catch (SQLException | RuntimeException problem) {
            try (connection) {
                throw problem;
            }
        }
    }

    /** Listens, which it may already; shows a connection that has died unnoticed. */
    void listen() throws SQLException {
        execute("LISTEN " + channel);
    }

    /** Whether something was told by the end of this time, 1 or more. It asks the server nothing. */
    boolean hears(int millis) throws SQLException {
        var told = driver.getNotifications(millis);
        return told != null && told.length > 0;
    }

    /** Gives the connection back as it was. */
    void close() throws SQLException {
        try (connection) {
            execute("UNLISTEN " + channel);
            driver.getNotifications();
            connection.setAutoCommit(autoCommitBefore);
        }
    }

    private void execute(String sql) throws SQLException {
        int before = connection.getNetworkTimeout();
        connection.setNetworkTimeout(Runnable::run, answerMillis);
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        } finally {
            if (!connection.isClosed()) {
                connection.setNetworkTimeout(Runnable::run, before);
            }
        }
    }
}
