package dev.posthorn.benchmarks;

import dev.posthorn.webhook.Bytes;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The table that teams write: a status column, a poller that claims up to 64 rows by {@code SKIP LOCKED}, threads that send,
 * and an update for each that is done.
 */
final class NaiveContender extends Contender {
    private static final int CLAIM_AT_LEAST = 32;
    private static final long PAUSE_MILLIS = 100;
    private static final String CLAIM = """
            UPDATE naive_outbox SET next_at = now() + interval '1 minute'
            WHERE id IN (SELECT id FROM naive_outbox WHERE status = 'PENDING' AND next_at <= now()
                ORDER BY next_at LIMIT ? FOR UPDATE SKIP LOCKED)
            RETURNING id, event_id, n, payload
            """;

    private final Calls calls;
    private volatile boolean isRunning;
    private @Nullable Thread poller;
    private @Nullable ExecutorService senders;

    private record Row(long id, String eventId, int n, Bytes payload) {}

    NaiveContender(PostgresServer server, Calls calls) throws SQLException {
        super("naive table", server, 20);
        this.calls = calls;
        server.execute("""
                CREATE TABLE naive_outbox (
                    id bigserial PRIMARY KEY, event_id text NOT NULL, n int NOT NULL, payload bytea NOT NULL,
                    status text NOT NULL DEFAULT 'PENDING', attempts int NOT NULL DEFAULT 0,
                    created_at timestamptz NOT NULL DEFAULT now(), next_at timestamptz NOT NULL DEFAULT now());
                CREATE INDEX ON naive_outbox (next_at) WHERE status = 'PENDING'
                """);
    }

    @Override
    void publish(Connection host, int first, int count, long at) throws SQLException {
        try (var statement =
                host.prepareStatement("INSERT INTO naive_outbox (event_id, n, payload) VALUES (?, ?, ?)")) {
            for (int n = first; n < first + count; n++) {
                statement.setString(1, UUID.randomUUID().toString());
                statement.setInt(2, Load.target(n));
                statement.setBytes(3, Load.payload(at).toByteArray());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    @Override
    void start() {
        isRunning = true;
        var executor = Executors.newFixedThreadPool(Load.IN_FLIGHT);
        senders = executor;
        var thread = new Thread(() -> poll(executor), "naive-poller");
        poller = thread;
        thread.start();
    }

    private void poll(ExecutorService executor) {
        var permits = new Semaphore(Load.IN_FLIGHT);
        try {
            while (isRunning) {
                permits.acquire(CLAIM_AT_LEAST);
                int room = CLAIM_AT_LEAST + permits.drainPermits();
                var rows = claim(room);
                permits.release(room - rows.size());
                for (var row : rows) {
                    executor.execute(() -> {
                        try {
                            calls.post(row.eventId, row.n, row.payload);
                            done(row.id);
                        } catch (SQLException problem) {
                            throw new IllegalStateException(problem);
                        } finally {
                            permits.release();
                        }
                    });
                }
                if (rows.isEmpty()) {
                    Thread.sleep(PAUSE_MILLIS);
                }
            }
        } catch (InterruptedException stopped) {
            // That is all.
        } catch (SQLException problem) {
            throw new IllegalStateException(problem);
        }
    }

    private List<Row> claim(int limit) throws SQLException {
        try (var connection = pool.getConnection();
                var statement = connection.prepareStatement(CLAIM)) {
            statement.setInt(1, limit);
            var rows = new ArrayList<Row>();
            try (var result = statement.executeQuery()) {
                while (result.next()) {
                    rows.add(new Row(
                            result.getLong(1), result.getString(2), result.getInt(3), Bytes.wrap(result.getBytes(4))));
                }
            }
            return rows;
        }
    }

    private void done(long id) throws SQLException {
        try (var connection = pool.getConnection();
                var statement = connection.prepareStatement(
                        "UPDATE naive_outbox SET status = 'DONE', attempts = attempts + 1 WHERE id = ?")) {
            statement.setLong(1, id);
            statement.executeUpdate();
        }
    }

    @Override
    void stop() throws InterruptedException {
        isRunning = false;
        var thread = poller;
        var executor = senders;
        if (thread != null && executor != null) {
            thread.join();
            executor.shutdown();
            executor.awaitTermination(20, TimeUnit.SECONDS);
        }
    }

    @Override
    String waiting() {
        return "SELECT count(*) FROM naive_outbox WHERE status = 'PENDING'";
    }
}
