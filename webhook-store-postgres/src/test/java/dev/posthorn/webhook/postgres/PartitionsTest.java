package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Loaded;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.tck.MovableClock;
import dev.posthorn.webhook.tck.Samples;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The log's tables by day: made in time, removed when nothing in them is kept, and never in anybody's way. */
@Timeout(60)
class PartitionsTest {
    private static final Duration RETENTION = Duration.ofDays(3);
    /** A thread for each, however few processors there are. */
    private static final Executor THREADS = task -> new Thread(task).start();

    private static final LocalDate FIRST = LocalDate.of(2030, 1, 1);

    private final MovableClock clock = new MovableClock();
    private final String schema = TestDatabase.newSchema();
    private final PostgresWebhookStore store = PostgresWebhookStore.builder(
                    TestDatabase.autoCommitting(), TestDatabase.KEYS)
            .schema(schema)
            .time(clock)
            .build();
    private final Samples samples = new Samples(clock::now);
    private UUID subscription;

    @BeforeEach
    void subscribe() {
        var stored = samples.subscription();
        store.subscriptions().insert(stored);
        subscription = stored.subscription().id();
    }

    @Test
    void aPurgeMakesTheTablesOfTheNextSevenDays() throws SQLException {
        store.deliveries().purge(RETENTION, 100);

        assertThat(days("event"))
                .containsExactlyElementsOf(FIRST.datesUntil(FIRST.plusDays(8)).toList());
        assertThat(days("delivery")).hasSize(8);
        assertThat(days("attempt")).hasSize(8);
    }

    @Test
    void aDayIsRemovedWholeWhenNothingInItIsKept() throws SQLException {
        succeed(append());
        clock.advance(RETENTION.plusDays(2));

        store.deliveries().purge(RETENTION, 100);

        assertThat(days("delivery")).doesNotContain(FIRST);
        assertThat(days("attempt")).doesNotContain(FIRST);
        clock.advance(Duration.ofDays(1));
        store.deliveries().purge(RETENTION, 100);
        assertThat(days("event")).doesNotContain(FIRST);
    }

    @Test
    void theDayThatIsNextToGoIsMadeReadyForThat() throws SQLException {
        succeed(append());
        clock.advance(RETENTION.minusDays(1));
        store.deliveries().purge(RETENTION, 100);
        assertThat(exists("posthorn_delivery_20300101_end")).isFalse();

        clock.advance(Duration.ofDays(1));
        store.deliveries().purge(RETENTION, 100);
        assertThat(exists("posthorn_delivery_20300101_end")).isTrue();

        clock.advance(Duration.ofDays(1));
        store.deliveries().purge(RETENTION, 100);
        assertThat(days("delivery")).doesNotContain(FIRST);
    }

    @Test
    void ofManyDaysThatMayGoOneIsRemovedAtATime() throws SQLException {
        for (int day = 0; day < 3; day++) {
            succeed(append());
            clock.advance(Duration.ofDays(1));
        }
        clock.advance(RETENTION);

        assertThat(store.deliveries().purge(RETENTION, 100)).isEqualTo(100);
        assertThat(days("delivery")).doesNotContain(FIRST).contains(FIRST.plusDays(1));
        assertThat(store.deliveries().purge(RETENTION, 100)).isEqualTo(100);
        assertThat(store.deliveries().purge(RETENTION, 100)).isZero();
        assertThat(days("delivery")).doesNotContain(FIRST.plusDays(2)).contains(FIRST.plusDays(6));
    }

    @Test
    void aDayStaysForTheSakeOfOneThatIsPendingAndTheOthersLeaveByThemselves() throws SQLException {
        var pending = append();
        var ended = append();
        succeed(ended);
        clock.advance(RETENTION.plusDays(3));

        assertThat(store.deliveries().purge(RETENTION, 100)).isEqualTo(1);

        assertThat(days("delivery")).contains(FIRST);
        assertThat(store.deliveries().find(pending.lease().deliveryId())).isPresent();
        assertThat(count("posthorn_delivery")).isEqualTo(1);
        assertThat(count("posthorn_attempt")).isZero();
        assertThat(store.deliveries().findEvent(pending.event().id())).isPresent();
    }

    @Test
    void anOpenTransactionThatHasPublishedStopsNeitherNewDaysNorOtherPublishers() throws Exception {
        append();
        try (var host = TestDatabase.autoCommitting().getConnection()) {
            host.setAutoCommit(false);
            store.joining(host).append(List.of(samples.publication(samples.event(), samples.ticket(subscription))));

            clock.advance(Duration.ofDays(1));
            var others = CompletableFuture.runAsync(
                    () -> {
                        // Needs the tables of a new day.
                        append();
                        store.deliveries().purge(Duration.ofDays(30), 100);
                        append();
                    },
                    THREADS);

            others.get(4, TimeUnit.SECONDS);
            host.rollback();
        }
    }

    @Test
    void aRemovalThatAnOpenTransactionHoldsUpStopsNoPublisherAndIsDoneLater() throws Exception {
        succeed(append());
        clock.advance(RETENTION.plusDays(3));
        try (var host = TestDatabase.autoCommitting().getConnection()) {
            host.setAutoCommit(false);
            try (var statement = host.createStatement()) {
                statement.executeQuery("SELECT count(*) FROM %s.posthorn_delivery".formatted(schema));
            }
            var purging = CompletableFuture.runAsync(() -> store.deliveries().purge(RETENTION, 100), THREADS);
            CompletableFuture.runAsync(this::append, THREADS).get(4, TimeUnit.SECONDS);
            purging.get(30, TimeUnit.SECONDS);
            host.rollback();
        }

        store.deliveries().purge(RETENTION, 100);

        assertThat(days("delivery")).doesNotContain(FIRST);
    }

    @Test
    void whatANodeTookOutOfTheLogAndThenDiedIsRemoved() throws SQLException {
        succeed(append());
        execute("ALTER TABLE %1$s.posthorn_event DETACH PARTITION %1$s.posthorn_event_20300101");
        clock.advance(RETENTION.plusDays(5));

        store.deliveries().purge(RETENTION, 100);

        assertThat(exists("posthorn_event_20300101")).isFalse();
    }

    @Test
    void aDayThatSomebodyElseTookAwayIsMadeAgainWhereItIsWrittenTo() throws Exception {
        append();
        for (var table : Partitions.TABLES) {
            execute("DROP TABLE %1$s.posthorn_" + table + "_20300101");
        }
        var appended = append();
        execute("DROP TABLE %1$s.posthorn_attempt_20300101");
        succeed(appended);

        assertThat(count("posthorn_delivery")).isEqualTo(1);
        assertThat(count("posthorn_event")).isEqualTo(1);
        assertThat(count("posthorn_attempt")).isEqualTo(1);
    }

    @Test
    void aTransactionOfTheHostsFindsADayThatSomebodyTookAwayMadeAgainWhenItIsTriedAgain() throws Exception {
        append();
        for (var table : Partitions.TABLES) {
            execute("DROP TABLE %1$s.posthorn_" + table + "_20300101");
        }
        var publications = List.of(samples.publication(samples.event(), samples.ticket(subscription)));
        try (var host = TestDatabase.autoCommitting().getConnection()) {
            host.setAutoCommit(false);
            var log = store.joining(host);
            assertThatThrownBy(() -> log.append(publications)).isInstanceOf(StoreException.class);
            host.rollback();
            log.append(publications);
            host.commit();
        }

        assertThat(count("posthorn_delivery")).isEqualTo(1);
        assertThat(count("posthorn_event")).isEqualTo(1);
    }

    /** Where they do, PostgreSQL leaves all indexes as they are (HOT). */
    @Test
    void deliveriesThatEndTogetherStayOnTheirPages() throws SQLException {
        var publications = new ArrayList<Publication>();
        for (int i = 0; i < 500; i++) {
            publications.add(
                    samples.publication(samples.event(), samples.leasedTicket(subscription, Duration.ofMinutes(1))));
        }
        var outcomes = new ArrayList<DeliveryOutcome>();
        for (var appended : store.deliveries().append(publications)) {
            var lease = appended.leases().get(0);
            outcomes.add(DeliveryOutcome.succeeded(lease, 1, samples.succeeded(lease.deliveryId(), 1)));
        }
        execute("CREATE TABLE %1$s.place AS SELECT id, (ctid::text::point)[0] AS page FROM %1$s.posthorn_delivery");

        store.deliveries().record(outcomes);

        assertThat(number("SELECT count(*) FROM %1$s.posthorn_delivery WHERE status = 'SUCCEEDED'"))
                .isEqualTo(500);
        assertThat(number("""
                SELECT count(*) FROM %1$s.place p JOIN %1$s.posthorn_delivery d USING (id)
                WHERE p.page <> (d.ctid::text::point)[0]
                """)).isZero();
    }

    private Loaded.Ready append() {
        var ticket = samples.leasedTicket(subscription, Duration.ofMinutes(1));
        var event = samples.event();
        Lease lease = store.deliveries()
                .append(List.of(samples.publication(event, ticket)))
                .get(0)
                .leases()
                .get(0);
        return Loaded.Ready.appended(lease, event);
    }

    private void succeed(Loaded.Ready ready) {
        var attempt = samples.succeeded(ready.lease().deliveryId(), 1);
        assertThat(store.deliveries()
                        .record(List.of(DeliveryOutcome.succeeded(ready.lease(), ready.version(), attempt))))
                .isEmpty();
    }

    private List<LocalDate> days(String table) throws SQLException {
        var database = new Database(TestDatabase.autoCommitting(), new Names(schema, "posthorn_"), clock);
        try (var connection = TestDatabase.autoCommitting().getConnection()) {
            return List.copyOf(new Partitions(database).days(connection, table));
        }
    }

    private long count(String table) throws SQLException {
        return number("SELECT count(*) FROM %s." + table);
    }

    private boolean exists(String table) throws SQLException {
        return number("SELECT count(to_regclass('%s." + table + "'))") == 1;
    }

    private long number(String sql) throws SQLException {
        try (var connection = TestDatabase.autoCommitting().getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery(sql.formatted(schema))) {
            result.next();
            return result.getLong(1);
        }
    }

    private void execute(String sql) throws SQLException {
        try (var connection = TestDatabase.autoCommitting().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql.formatted(schema));
        }
    }
}
