package dev.posthorn.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * A system that takes events and delivers them, on the same PostgreSQL and with the same number in flight as all others, and
 * otherwise as its documentation has it do best.
 */
abstract class Contender implements AutoCloseable {
    final PostgresServer server;
    final HikariDataSource pool;
    private final String name;

    Contender(String name, PostgresServer server, int connections) throws SQLException {
        this.name = name;
        this.server = server;
        pool = server.pool(connections);
        server.execute(
                "CREATE TABLE IF NOT EXISTS host_order (n bigserial PRIMARY KEY, made_at timestamptz DEFAULT now())");
    }

    final String name() {
        return name;
    }

    /** Begins to deliver what was and will be published. */
    abstract void start() throws Exception;

    /** Ends that, and everything that runs for it. */
    abstract void stop() throws Exception;

    /**
     * Publishes in a transaction of the host's.
     *
     * @param first the number of the first event
     * @param at when they were to be published, for their payloads
     */
    abstract void publish(Connection host, int first, int count, long at) throws Exception;

    /** Publishes in a transaction of its own. */
    void publish(int first, int count, long at) throws Exception {
        inTransaction(connection -> publish(connection, first, count, at));
    }

    /** A host's transaction: a row of its own, and an event. */
    void publishWithOrder(int n) throws Exception {
        inTransaction(connection -> {
            insertOrder(connection);
            publish(connection, n, 1, System.nanoTime());
        });
    }

    /** How many deliveries are not done and recorded, as a query. */
    abstract String waiting();

    long countWaiting() throws SQLException {
        return Long.parseLong(server.ask(waiting()));
    }

    static void insertOrder(Connection connection) throws SQLException {
        try (var statement = connection.prepareStatement("INSERT INTO host_order DEFAULT VALUES")) {
            statement.executeUpdate();
        }
    }

    /** Something done in a transaction. */
    interface Work {
        void on(Connection connection) throws Exception;
    }

    final void inTransaction(Work work) throws Exception {
        try (var connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            try {
                work.on(connection);
                connection.commit();
            } finally {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
