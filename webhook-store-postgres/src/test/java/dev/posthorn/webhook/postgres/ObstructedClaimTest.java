package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.tck.MovableClock;
import dev.posthorn.webhook.tck.Samples;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What claims find while more is due than they may take, and other transactions and nodes are at work. */
class ObstructedClaimTest {
    private static final Duration LEASE = Duration.ofMinutes(1);
    private static final int CLOSED = 5_000;

    private final MovableClock clock = new MovableClock();
    private final Samples samples = new Samples(clock::now);
    private final String schema = TestDatabase.newSchema();
    private final DeliveryQueue queue = node();
    private final UUID dead = samples.id();
    private final UUID healthy = samples.id();

    private DeliveryQueue node() {
        return PostgresWebhookStore.builder(TestDatabase.autoCommitting(), TestDatabase.KEYS)
                .schema(schema)
                .time(clock)
                .build()
                .queue()
                .orElseThrow();
    }

    @BeforeEach
    void obstruct() {
        put(dead, CLOSED);
        clock.advance(Duration.ofMinutes(1));
        assertThat(claim(queue)).isEmpty();
    }

    @Test
    void aTicketCommittedLateIsFoundAtOnce() throws SQLException {
        try (var host = begin()) {
            var late = insert(host, healthy);
            clock.advance(Duration.ofSeconds(5));
            var fresh = put(healthy, 1);
            assertThat(ids(claim(queue))).isEqualTo(fresh);

            host.commit();
            assertThat(ids(claim(queue))).containsExactly(late);
        }
    }

    /** Also where much that may not be taken was published meanwhile. */
    @Test
    void aTicketCommittedLateIsFoundSoonInAFlood() throws SQLException {
        try (var host = begin()) {
            var late = insert(host, healthy);
            for (int i = 0; i < 40; i++) {
                clock.advance(Duration.ofMillis(100));
                put(dead, 100);
            }
            var fresh = put(healthy, 1);
            assertThat(ids(claims(10, Duration.ZERO))).isEqualTo(fresh);

            host.commit();
            assertThat(ids(claims(12, Duration.ZERO))).containsExactly(late);
        }
    }

    @Test
    void aTicketCommittedVeryLateIsFoundWithinARound() throws SQLException {
        try (var host = begin()) {
            var late = insert(host, healthy);
            // Three slices of other subscriptions.
            var tickets = Stream.generate(() -> samples.ticket(samples.id(), Duration.ofHours(1)))
                    .limit(3L * LaneWalk.SLICE)
                    .toList();
            queue.enqueue(tickets);
            clock.advance(Lookout.OVERLAP.multipliedBy(3));
            assertThat(claims(10, Lookout.PAUSE)).isEmpty();

            host.commit();
            assertThat(ids(claims(6, Lookout.PAUSE))).containsExactly(late);
        }
    }

    @Test
    void whatAnotherHadLockedIsFoundWhenItLetsGo() throws SQLException {
        var ticket = put(healthy, 1);
        try (var other = begin();
                var lock = other.createStatement()) {
            lock.execute(
                    "SELECT FROM %s.posthorn_queue WHERE subscription_id = '%s' FOR UPDATE".formatted(schema, healthy));
            clock.advance(Duration.ofSeconds(1));
            assertThat(ids(claims(3, Duration.ZERO))).isEmpty();
            clock.advance(Lookout.OVERLAP.multipliedBy(2));
            assertThat(claims(3, Lookout.PAUSE)).isEmpty();
            other.rollback();
        }
        assertThat(ids(claims(4, Lookout.PAUSE))).isEqualTo(ticket);
    }

    /** A batch stands at one moment, which is more than a look can see. */
    @Test
    void whatIsDueAtOneMomentIsFoundHoweverMuchItIs() {
        var many = new HashSet<UUID>();
        var tickets =
                Stream.generate(() -> samples.ticket(samples.id())).limit(1_500).toList();
        tickets.forEach(ticket -> many.add(ticket.deliveryId()));
        var flood = Stream.generate(() -> samples.ticket(dead)).limit(4_000);
        queue.enqueue(Stream.concat(flood, tickets.stream()).toList());
        clock.advance(Duration.ofSeconds(1));

        assertThat(ids(claims(60, Duration.ZERO))).isEqualTo(many);
    }

    @Test
    void nodesShareWhatIsDueAndFindAllOfIt() {
        var nodes = List.of(queue, node(), node());
        var expected = new HashSet<UUID>();
        var found = new ArrayList<Lease>();
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < 30; i++) {
                expected.addAll(put(samples.id(), 1));
            }
            put(dead, 50);
            clock.advance(Duration.ofMillis(300));
            found.addAll(claim(nodes.get(round % 3), 20));
        }
        for (int i = 0; i < 20; i++) {
            // One that starts only now knows nothing of what the others do.
            found.addAll(claim(i < 10 ? nodes.get(i % 3) : node()));
        }
        assertThat(found).extracting(Lease::deliveryId).doesNotHaveDuplicates();
        assertThat(ids(found)).isEqualTo(expected);
    }

    /** When nothing stands in the way any more, the longest due comes first again. */
    @Test
    void theObstructionEndsWithItsCause() {
        queue.remove(everythingOf(dead));
        assertThat(queue.claim(new ClaimRequest(500, LEASE, 500, Map.of())).leases())
                .isEmpty();
        clock.advance(Lookout.OVERLAP.multipliedBy(10));

        assertThat(queue.claim(new ClaimRequest(500, LEASE, 500, Map.of())).nextDue())
                .isNull();
    }

    private Set<UUID> everythingOf(UUID subscriptionId) {
        var ids = new HashSet<UUID>();
        try (var connection = TestDatabase.autoCommitting().getConnection();
                var statement = connection.createStatement();
                var result =
                        statement.executeQuery("SELECT delivery_id FROM %s.posthorn_queue WHERE subscription_id = '%s'"
                                .formatted(schema, subscriptionId))) {
            while (result.next()) {
                ids.add(result.getObject(1, UUID.class));
            }
        } catch (SQLException problem) {
            throw new IllegalStateException(problem);
        }
        return ids;
    }

    private static Connection begin() throws SQLException {
        return TestDatabase.notAutoCommitting().getConnection();
    }

    /** As publishing in a transaction of the host's does. */
    private UUID insert(Connection host, UUID subscriptionId) throws SQLException {
        var id = samples.id();
        try (var statement = host.prepareStatement(
                "INSERT INTO %s.posthorn_queue (delivery_id, subscription_id, visible_at) VALUES (?, ?, ?)"
                        .formatted(schema))) {
            statement.setObject(1, id);
            statement.setObject(2, subscriptionId);
            statement.setObject(3, clock.now().atOffset(ZoneOffset.UTC));
            statement.executeUpdate();
        }
        return id;
    }

    private Set<UUID> put(UUID subscriptionId, int count) {
        var tickets = Stream.generate(() -> samples.ticket(subscriptionId))
                .limit(count)
                .toList();
        queue.enqueue(tickets);
        var ids = new HashSet<UUID>();
        tickets.forEach(ticket -> ids.add(ticket.deliveryId()));
        return ids;
    }

    private List<Lease> claims(int times, Duration pause) {
        var leases = new ArrayList<Lease>();
        for (int i = 0; i < times; i++) {
            clock.advance(pause);
            leases.addAll(claim(queue));
        }
        return leases;
    }

    private List<Lease> claim(DeliveryQueue from) {
        return claim(from, 100);
    }

    private List<Lease> claim(DeliveryQueue from, int limit) {
        return from.claim(new ClaimRequest(limit, LEASE, 50, Map.of(dead, 0))).leases();
    }

    private static Set<UUID> ids(List<Lease> leases) {
        var ids = new HashSet<UUID>();
        leases.forEach(lease -> assertThat(ids.add(lease.deliveryId())).isTrue());
        return ids;
    }
}
