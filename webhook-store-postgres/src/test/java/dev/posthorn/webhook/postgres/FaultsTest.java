package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.tck.Answer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What goes wrong between a node and its database is told, is tried again, and loses nothing. */
@Timeout(120)
class FaultsTest {
    @Test
    void connectionsThatAreKilledAllTheTimeLoseNothing() throws SQLException {
        try (var scene = FaultScene.create()) {
            for (int i = 0; i < 200; i++) {
                if (i % 20 == 10) {
                    scene.killConnections();
                }
                scene.tryToPublish();
            }

            scene.awaitRecovery();
            assertThat(scene.accepted()).isGreaterThan(100);
        }
    }

    @Test
    void aPoolWithoutFreeConnectionsIsToldAndPasses() throws SQLException {
        try (var scene = FaultScene.create()) {
            scene.publish();
            scene.receiver.await(1);
            var held = new ArrayList<Connection>();
            try {
                // One the node keeps, to be woken by.
                while (held.size() < scene.pool.getMaximumPoolSize() - 1) {
                    take(scene.pool, held);
                }
                scene.assertPublishFailsForNow("Connection is not available");
                scene.awaitTrouble("Connection is not available");
            } finally {
                for (var connection : held) {
                    connection.close();
                }
            }

            scene.publish();
            scene.awaitRecovery();
        }
    }

    private static void take(HikariDataSource pool, List<Connection> held) {
        try {
            held.add(pool.getConnection());
        } catch (SQLException taken) {
            // A node's thread has it for a moment.
        }
    }

    @Test
    void aServerThatIsReadOnlyRefusesForNow() {
        try (var scene = FaultScene.create();
                var readOnly = scene.pool(Map.of("default_transaction_read_only", "on"));
                var other = scene.dispatcher(readOnly)) {
            assertThatExceptionOfType(StoreException.class)
                    .isThrownBy(() -> other.publish(FaultScene.event()))
                    .satisfies(problem -> assertThat(problem.isTransient()).isTrue())
                    .withMessageContaining("read-only");
        }
    }

    /** What the node does with each of these tables: append, claim, load and record between them. */
    @ParameterizedTest
    @CsvSource({
        "statement_timeout, queue, statement timeout",
        "statement_timeout, event, statement timeout",
        "statement_timeout, delivery, statement timeout",
        "statement_timeout, attempt, statement timeout",
        "lock_timeout, queue, lock timeout",
        "lock_timeout, delivery, lock timeout",
        "lock_timeout, attempt, lock timeout"
    })
    void statementsThatTakeTooLongAreTriedAgain(String setting, String table, String message) throws SQLException {
        try (var scene = FaultScene.create(TestDatabase.url(), Map.of(setting, "200ms"))) {
            var gate = new CountDownLatch(1);
            scene.receiver.on("/hook").next(Answer.status(204).heldBy(gate)).next(500, 500);
            scene.publish();
            scene.receiver.await(1);
            scene.publish();
            scene.publish();
            try (var other = DriverManager.getConnection(TestDatabase.url());
                    var statement = other.createStatement()) {
                other.setAutoCommit(false);
                statement.execute("LOCK TABLE %s.posthorn_%s IN ACCESS EXCLUSIVE MODE".formatted(scene.schema, table));
                // Something to record, besides what there is to claim and to load.
                gate.countDown();
                if (!table.equals("attempt")) {
                    scene.assertPublishFailsForNow(message);
                }
                if (!table.equals("event")) {
                    scene.awaitTrouble(message);
                }
                other.rollback();
            }

            scene.publish();
            scene.awaitRecovery();
        }
    }

    /** The server itself refuses to write: to append (events), to claim (a ticket that changes), to record (attempts). */
    @ParameterizedTest
    @MethodSource
    void whatTheServerRefusesForNowIsTriedAgain(String state) throws SQLException {
        try (var scene = FaultScene.create();
                var publisher = scene.dispatcher(scene.pool)) {
            refuse(scene, state, "queue", "UPDATE");
            // It leases nothing to itself, so this has to be claimed.
            scene.accept(publisher.publish(FaultScene.event()));
            scene.awaitTrouble("claim: PostgreSQL (" + state + ")");
            scene.execute("DROP FUNCTION %1$s.refuse CASCADE");
            scene.awaitRecovery();

            refuse(scene, state, "attempt", "INSERT");
            scene.publish();
            scene.awaitTrouble("record: PostgreSQL (" + state + ")");
            scene.execute("DROP FUNCTION %1$s.refuse CASCADE");
            scene.awaitRecovery();

            refuse(scene, state, "event", "INSERT");
            scene.assertPublishFailsForNow("PostgreSQL (" + state + ")");
            scene.execute("DROP FUNCTION %1$s.refuse CASCADE");
            scene.publish();
            scene.awaitRecovery();
        }
    }

    /** A full disk, a conflict, a server that starts; with {@code -Dposthorn.test.full=true} whatever else passes. */
    static Stream<String> whatTheServerRefusesForNowIsTriedAgain() {
        return Boolean.getBoolean("posthorn.test.full")
                ? Stream.of("53100", "53200", "53400", "57014", "55P03", "40001", "40P01", "25006", "57P03", "58030")
                : Stream.of("53100", "40001", "57P03");
    }

    private static void refuse(FaultScene scene, String state, String table, String operation) throws SQLException {
        scene.execute("""
                CREATE FUNCTION %%1$s.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'refused by the test' USING ERRCODE = '%s';
                END $$
                """.formatted(state));
        scene.execute("CREATE TRIGGER refuse BEFORE " + operation + " ON %1$s.posthorn_" + table
                + " FOR EACH ROW EXECUTE FUNCTION %1$s.refuse()");
    }

    @Test
    void aRecordThatIsTheVictimOfADeadlockIsTriedAgain() throws Exception {
        try (var scene = FaultScene.create(TestDatabase.url(), Map.of("deadlock_timeout", "300ms"));
                var other = DriverManager.getConnection(TestDatabase.url());
                var statement = other.createStatement()) {
            var gate = new CountDownLatch(1);
            scene.receiver.on("/hook").next(Answer.status(204).heldBy(gate));
            scene.publish();
            scene.receiver.await(1);
            // Not this one: it looks for a deadlock long after the node has found it.
            statement.execute("SET deadlock_timeout = '1min'");
            other.setAutoCommit(false);
            statement.execute("SELECT * FROM %s.posthorn_queue FOR UPDATE".formatted(scene.schema));
            gate.countDown();
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> scene.number("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                    + " AND application_name = '" + scene.applicationName + "'")
                            > 0);
            // Returns only when the node has given up its own locks.
            statement.execute("SELECT * FROM %s.posthorn_delivery FOR UPDATE".formatted(scene.schema));
            scene.awaitTrouble("40P01");
            other.rollback();

            scene.awaitRecovery();
        }
    }

    @Test
    void nodesWhoseTransactionsAreSerializableDeliverAllTheSame() {
        var settings = Map.of("default_transaction_isolation", "serializable");
        try (var scene = FaultScene.create(TestDatabase.url(), settings);
                var pool = scene.pool(settings);
                var other = scene.dispatcher(pool)) {
            other.subscriptions().create(NewSubscription.to(scene.receiver.url("/other")));
            other.start();
            for (int i = 0; i < 200; i++) {
                scene.tryToPublish();
            }

            scene.awaitRecovery();
        }
    }
}
