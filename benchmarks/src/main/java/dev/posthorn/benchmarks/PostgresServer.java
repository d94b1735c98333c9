package dev.posthorn.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * A PostgreSQL of the benchmark's own: commits are durable, memory and checkpoints are set as for a small server in
 * production, and what it does and costs is counted. Its files are in a temporary directory, which is deleted when it is
 * closed; or in {@code -Dposthorn.benchmark.data}, where they stay.
 */
final class PostgresServer implements AutoCloseable {
    private static final Map<String, String> SETTINGS = Map.ofEntries(
            Map.entry("fsync", "on"),
            Map.entry("synchronous_commit", "on"),
            Map.entry("full_page_writes", "on"),
            Map.entry("autovacuum", "on"),
            Map.entry("shared_buffers", "1GB"),
            Map.entry("effective_cache_size", "4GB"),
            Map.entry("maintenance_work_mem", "256MB"),
            Map.entry("max_wal_size", "8GB"),
            Map.entry("checkpoint_timeout", "15min"),
            Map.entry("random_page_cost", "1.1"),
            Map.entry("max_connections", "250"),
            Map.entry("shared_preload_libraries", "pg_stat_statements"),
            Map.entry("pg_stat_statements.track", "top"));

    private static final String COUNTERS = """
            SELECT (SELECT sum(calls)::bigint FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_force_next_flush%'),
                (SELECT sum(xact_commit)::bigint FROM pg_stat_database),
                pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint,
                ARRAY (SELECT pid FROM pg_stat_activity
                    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()),
                pg_stat_force_next_flush()
            """;

    private final EmbeddedPostgres server;
    private final Path data;
    private final boolean isTemporary;
    private final Connection own;
    /** What counting has committed itself. */
    private long countersCommits;

    private PostgresServer(EmbeddedPostgres server, Path data, boolean isTemporary) throws SQLException {
        this.server = server;
        this.data = data;
        this.isTemporary = isTemporary;
        own = DriverManager.getConnection(url());
        execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
    }

    static PostgresServer start() throws IOException, SQLException {
        var kept = System.getProperty("posthorn.benchmark.data");
        var data = kept == null ? Files.createTempDirectory("posthorn-benchmark") : Path.of(kept);
        var builder = EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setPGStartupWait(Duration.ofMinutes(2));
        SETTINGS.forEach(builder::setServerConfig);
        var slow = System.getProperty("posthorn.benchmark.explain");
        if (slow != null) {
            // What took longer is written to the server's log, which is beside its data.
            builder.setServerConfig("shared_preload_libraries", "pg_stat_statements,auto_explain")
                    .setServerConfig("auto_explain.log_min_duration", slow)
                    .setServerConfig("auto_explain.log_analyze", "on")
                    .setServerConfig(
                            "auto_explain.log_timing", System.getProperty("posthorn.benchmark.explain.timing", "off"))
                    .setServerConfig("log_autovacuum_min_duration", "0")
                    .setServerConfig("log_line_prefix", "%m ")
                    .setServerConfig("logging_collector", "on");
        }
        return new PostgresServer(builder.start(), data, kept == null);
    }

    String url() {
        return server.getJdbcUrl("postgres", "postgres");
    }

    /** A pool of connections that are all there from the beginning, so that none is opened while something is measured. */
    HikariDataSource pool(int size) {
        var config = new HikariConfig();
        config.setJdbcUrl(url());
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(size);
        config.setMaxLifetime(0);
        return new HikariDataSource(config);
    }

    /** What it has done so far, counting all that was done on this pool. */
    ServerCounters counters(HikariDataSource pool) throws SQLException {
        flush(pool);
        try (var statement = own.createStatement();
                var result = statement.executeQuery(COUNTERS)) {
            result.next();
            long backends = 0;
            for (var pid : (Integer[]) result.getArray(4).getArray()) {
                backends += ProcessTimes.ofProcess(pid);
            }
            return new ServerCounters(
                    result.getLong(1),
                    result.getLong(2) - countersCommits++,
                    result.getLong(3),
                    backends,
                    ProcessTimes.ofFamily(postmaster()));
        }
    }

    /** A backend tells of its commits only now and then, unless it is asked. */
    private void flush(HikariDataSource pool) throws SQLException {
        var connections = new ArrayList<Connection>();
        try {
            int all = pool.getMaximumPoolSize();
            for (int i = 0; i < all; i++) {
                if (i == all - 1 && pool.getHikariPoolMXBean().getIdleConnections() == 0) {
                    // One may listen for wake-ups as long as a dispatcher runs, and does nothing else.
                    break;
                }
                var connection = pool.getConnection();
                connections.add(connection);
                try (var statement = connection.createStatement()) {
                    statement.execute("SELECT pg_stat_force_next_flush()");
                    countersCommits++;
                }
            }
        } finally {
            for (var connection : connections) {
                connection.close();
            }
        }
    }

    private long postmaster() {
        try {
            return Long.parseLong(
                    Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
        } catch (IOException problem) {
            throw new IllegalStateException(problem);
        }
    }

    /** Runs statements on a connection that nothing else uses. */
    void execute(String sql) throws SQLException {
        try (var statement = own.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of the first row, as text. */
    String ask(String sql) throws SQLException {
        try (var statement = own.createStatement();
                var result = statement.executeQuery(sql)) {
            result.next();
            return String.valueOf(result.getString(1));
        }
    }

    /** Cleans all tables. Its commits, of which there are some for each, are counted before it returns. */
    void vacuum() throws SQLException {
        execute("VACUUM ANALYZE");
        execute("SELECT pg_stat_force_next_flush()");
    }

    /** Waits until no table is being cleaned by the server itself. */
    void awaitVacuum() throws SQLException {
        while (!ask("SELECT count(*) FROM pg_stat_progress_vacuum").equals("0")) {
            LockSupport.parkNanos(10_000_000);
        }
    }

    /** How a statement is executed. */
    List<String> explain(String sql) throws SQLException {
        try (var statement = own.createStatement();
                var result = statement.executeQuery("EXPLAIN (ANALYZE, BUFFERS) " + sql)) {
            var lines = new ArrayList<String>();
            while (result.next()) {
                lines.add(result.getString(1));
            }
            return lines;
        }
    }

    @Override
    public void close() throws IOException, SQLException {
        own.close();
        server.close();
        if (isTemporary && Files.exists(data)) {
            try (var files = Files.walk(data)) {
                for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
