package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.tck.MovableClock;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How it is found out whether something in a day's table is kept. */
@Timeout(60)
class EndIndexTest {
    private static final LocalDate DAY = LocalDate.of(2030, 1, 1);
    private static final Instant ENDED = Instant.parse("2030-01-01T12:00:00Z");
    private static final Instant OLDEST = Instant.parse("2030-01-02T00:00:00Z");
    private static final int ROWS = 50_000;

    private final String schema = TestDatabase.newSchema();
    private final Database database =
            new Database(TestDatabase.autoCommitting(), new Names(schema, "posthorn_"), new MovableClock());
    private final EndIndex ends = new EndIndex(database, Duration.ofMillis(100));
    private Connection connection;

    /** A day whose deliveries have ended, of which the planner was told while they were pending. */
    @BeforeEach
    void fill() throws SQLException {
        PostgresWebhookStore.builder(TestDatabase.autoCommitting(), TestDatabase.KEYS)
                .schema(schema)
                .build();
        new Partitions(database).prepareFor(List.of(Partitions.firstId(DAY)));
        connection = TestDatabase.autoCommitting().getConnection();
        execute("ALTER TABLE %s SET (autovacuum_enabled = false)");
        execute("""
                INSERT INTO %%s (id, event_id, subscription_id, tenant, event_type, status, version, attempt_count,
                    attempts_this_round, first_due_at, due_at, created_at)
                SELECT (left('%1$s', 24) || lpad(to_hex(i), 12, '0'))::uuid, '%1$s', '%1$s', 'default', 'a', 'PENDING',
                    1, 0, 0, now(), now(), now()
                FROM generate_series(1, %2$d) i
                """.formatted(Partitions.firstId(DAY), ROWS));
        execute("ANALYZE %s");
        execute("UPDATE %s SET status = 'SUCCEEDED', completed_at = '" + ENDED + "'");
    }

    @AfterEach
    void giveBack() throws SQLException {
        connection.close();
    }

    @Test
    void thatNothingIsKeptIsSeenWithoutReadingTheTable() throws SQLException {
        ends.make(connection, DAY, OLDEST);
        long before = rowsRead();

        assertThat(ends.isKept(connection, DAY, OLDEST)).isFalse();

        assertThat(rowsRead() - before).isZero();
    }

    @Test
    void ofWhatIsKeptItsOwnBlocksAreRead() throws SQLException {
        execute("UPDATE %s SET completed_at = NULL WHERE id = (SELECT id FROM %1$s ORDER BY id DESC LIMIT 1)");
        ends.make(connection, DAY, OLDEST);
        long before = rowsRead();

        assertThat(ends.isKept(connection, DAY, OLDEST)).isTrue();

        assertThat(rowsRead() - before).isLessThan(ROWS / 4);
    }

    @Test
    void whatBecomesPendingOrEndsAfterwardsIsSeen() throws SQLException {
        ends.make(connection, DAY, OLDEST);

        execute("UPDATE %s SET completed_at = NULL WHERE id = (SELECT id FROM %1$s ORDER BY id LIMIT 1)");
        assertThat(ends.isKept(connection, DAY, OLDEST)).isTrue();
        execute("UPDATE %s SET completed_at = '" + OLDEST + "' WHERE completed_at IS NULL");
        assertThat(ends.isKept(connection, DAY, OLDEST)).isTrue();
        assertThat(ends.isKept(connection, DAY, OLDEST.plusSeconds(1))).isFalse();
    }

    @Test
    void withoutTheIndexItIsSeenToo() throws SQLException {
        assertThat(ends.isKept(connection, DAY, OLDEST)).isFalse();
        assertThat(ends.isKept(connection, DAY, ENDED)).isTrue();
    }

    @Test
    void oneThatAnOldSnapshotHeldUpIsMadeAgainLater() throws SQLException {
        try (var host = TestDatabase.autoCommitting().getConnection()) {
            host.setAutoCommit(false);
            host.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            try (var statement = host.createStatement()) {
                statement.execute("SELECT count(*) FROM %s.posthorn_queue".formatted(schema));
            }
            ends.make(connection, DAY, OLDEST);
            assertThat(indexes()).isEqualTo("posthorn_delivery_20300101_end invalid");
            host.rollback();
            host.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        }
        assertThat(ends.isKept(connection, DAY, OLDEST)).isFalse();
        ends.make(connection, DAY, OLDEST.plus(Duration.ofMinutes(59)));
        assertThat(indexes()).isEqualTo("posthorn_delivery_20300101_end invalid");

        ends.make(connection, DAY, OLDEST.plus(Duration.ofMinutes(60)));

        assertThat(indexes()).isEqualTo("posthorn_delivery_20300101_end valid");
        assertThat(ends.isKept(connection, DAY, OLDEST)).isFalse();
    }

    @Test
    void theConnectionsSettingsAreAsTheyWere() throws SQLException {
        execute("SET statement_timeout = '42s'");
        ends.make(connection, DAY, OLDEST);
        ends.isKept(connection, DAY, OLDEST);

        assertThat(ask("SELECT current_setting('statement_timeout') || current_setting('lock_timeout') "
                        + "|| current_setting('enable_seqscan')"))
                .isEqualTo("42s0on");
        execute("RESET statement_timeout");
    }

    /** How many rows of the day's table were read, by whatever way. */
    private long rowsRead() throws SQLException {
        execute("SELECT pg_stat_force_next_flush()");
        return Long.parseLong(ask("""
                SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_all_tables
                WHERE relid = '%s'::regclass
                """));
    }

    private String indexes() throws SQLException {
        return ask("""
                SELECT string_agg(relname || CASE WHEN indisvalid THEN ' valid' ELSE ' invalid' END, ',')
                FROM pg_index JOIN pg_class ON oid = indexrelid
                WHERE indrelid = '%s'::regclass AND relam = (SELECT oid FROM pg_am WHERE amname = 'brin')
                """);
    }

    private String ask(String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery(onTable(sql))) {
            result.next();
            return result.getString(1);
        }
    }

    private void execute(String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(onTable(sql));
        }
    }

    private String onTable(String sql) {
        return sql.formatted(schema + "." + Partitions.nameOf("delivery", DAY));
    }
}
