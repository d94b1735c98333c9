package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.Delivery;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.Page;
import dev.posthorn.webhook.PublishedEvent;
import dev.posthorn.webhook.spi.Appended;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Loaded;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.Retried;
import dev.posthorn.webhook.spi.Ticket;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The log. What is long is done by parts of its own; retrying and cancelling by hand is done here. */
final class PostgresDeliveryStore implements DeliveryStore {
    private final Database database;
    private final boolean hasQueue;
    private final PostgresPublicationLog log;
    private final DeliveryLoader loader;
    private final OutcomeRecorder recorder;
    private final DeliveryReader reader;
    private final Expiry expiry;
    private final Purge purge;
    /** How far subscriptions' deliveries have been cancelled, so that a chunk does not read again what those before it read. */
    private final Map<UUID, UUID> cancelledUpTo = new ConcurrentHashMap<>();

    PostgresDeliveryStore(Database database, Partitions partitions, PostgresPublicationLog log, boolean hasQueue) {
        this.database = database;
        this.hasQueue = hasQueue;
        this.log = log;
        loader = new DeliveryLoader(database);
        recorder = new OutcomeRecorder(database, partitions, hasQueue);
        reader = new DeliveryReader(database);
        expiry = new Expiry(database, hasQueue);
        purge = new Purge(database, partitions);
    }

    @Override
    public List<Appended> append(List<Publication> publications) {
        return log.append(publications);
    }

    @Override
    public Loaded load(List<Lease> leases, long maxBytes) {
        return loader.load(leases, maxBytes);
    }

    @Override
    public Set<UUID> record(List<DeliveryOutcome> outcomes) {
        return recorder.record(outcomes);
    }

    @Override
    public Optional<Delivery> find(UUID deliveryId) {
        return reader.find(deliveryId);
    }

    @Override
    public Optional<PublishedEvent> findEvent(UUID eventId) {
        return reader.findEvent(eventId);
    }

    @Override
    public List<Attempt> attempts(UUID deliveryId) {
        return reader.attempts(deliveryId);
    }

    @Override
    public Page<Delivery> list(DeliveryQuery query) {
        return reader.list(query);
    }

    @Override
    public List<Ticket> pending(UUID subscriptionId, @Nullable UUID after, int limit) {
        return reader.pending(subscriptionId, after, limit);
    }

    @Override
    public List<Ticket> overdue(Duration by, @Nullable UUID after, int limit) {
        return reader.overdue(by, after, limit);
    }

    @Override
    public Page<Ticket> aged(Duration firstDueAgo, @Nullable String after, int limit) {
        return expiry.aged(firstDueAgo, after, limit);
    }

    @Override
    public Set<UUID> expire(Map<UUID, Duration> ages) {
        return expiry.expire(ages);
    }

    @Override
    public Retried retry(Map<UUID, Duration> delays) {
        var sql = database.sql("""
                WITH moment AS MATERIALIZED (SELECT :now AS now),
                wanted AS MATERIALIZED (SELECT * FROM unnest(?::uuid[], ?::bigint[]) AS w (id, delay)),
                delivery AS MATERIALIZED (
                    SELECT d.id, d.subscription_id, d.status, d.due_at, d.attempts_this_round FROM posthorn_delivery d
                    WHERE d.id = ANY (ARRAY (SELECT id FROM wanted)) AND d.id BETWEEN ? AND ? AND %s
                    ORDER BY d.id FOR NO KEY UPDATE
                ),
                ticket AS MATERIALIZED (
                    SELECT delivery_id, token, visible_at FROM posthorn_queue
                    WHERE delivery_id = ANY (ARRAY (SELECT id FROM delivery))
                    ORDER BY delivery_id FOR UPDATE
                ),
                decided AS MATERIALIZED (
                    SELECT d.id, d.subscription_id, d.status <> 'PENDING' AS is_new_round,
                        CASE WHEN d.status = 'PENDING' THEN least(d.due_at, now + w.delay * interval '1 microsecond')
                            ELSE now + w.delay * interval '1 microsecond' END AS due_at,
                        d.due_at AS due_before,
                        d.status = 'PENDING' AND d.attempts_this_round > 0 AS is_retry,
                        d.status = 'PENDING' AND t.token IS NOT NULL AND t.visible_at > now AS is_leased
                    FROM delivery d JOIN wanted w ON w.id = d.id CROSS JOIN moment
                    LEFT JOIN ticket t ON t.delivery_id = d.id
                ),
                changed AS (
                    UPDATE posthorn_delivery d SET
                        version = d.version + 1, status = 'PENDING', failure = NULL, completed_at = NULL,
                        due_at = c.due_at,
                        first_due_at = CASE WHEN is_new_round THEN c.due_at ELSE d.first_due_at END,
                        attempts_this_round = CASE WHEN is_new_round THEN 0 ELSE d.attempts_this_round END
                    FROM decided c
                    WHERE d.id = c.id AND d.id BETWEEN ? AND ? AND NOT is_leased
                        AND (is_new_round OR c.due_at < c.due_before)
                ),
                placed AS (
                    INSERT INTO posthorn_queue AS q (delivery_id, subscription_id, visible_at, is_retry)
                    SELECT id, subscription_id, due_at, is_retry FROM decided WHERE NOT is_leased AND ? ORDER BY id
                    ON CONFLICT (delivery_id) DO UPDATE
                        SET visible_at = least(q.visible_at, excluded.visible_at), is_retry = excluded.is_retry,
                            token = NULL
                )
                SELECT is_leased, id, subscription_id, (extract(epoch FROM due_at - now) * 1000000)::bigint, is_retry
                FROM decided, moment
                """.formatted(Retained.DELIVERY));
        var rows = delays.entrySet();
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement)
                        .uuids(rows, Map.Entry::getKey)
                        .numbers(rows, row -> Parameters.micros(row.getValue()))
                        .range(delays.keySet())
                        .range(delays.keySet())
                        .flag(hasQueue);
                try (var result = statement.executeQuery()) {
                    var tickets = new ArrayList<Ticket>();
                    var leased = new HashSet<UUID>();
                    for (var row = new Row(result); row.next(); ) {
                        boolean isLeased = row.flag();
                        var ticket = DeliveryReader.ticket(row);
                        if (isLeased) {
                            leased.add(ticket.deliveryId());
                        } else {
                            tickets.add(ticket);
                        }
                    }
                    return new Retried(tickets, leased);
                }
            }
        });
    }

    @Override
    public Set<UUID> cancel(Collection<UUID> deliveryIds) {
        return database.statement(connection -> cancel(connection, deliveryIds));
    }

    @Override
    public Set<UUID> cancelPending(UUID subscriptionId, int limit) {
        var cancelled = new HashSet<UUID>();
        while (cancelled.size() < limit) {
            var reached = cancelledUpTo.get(subscriptionId);
            var ids = pending(subscriptionId, reached, limit - cancelled.size()).stream()
                    .map(Ticket::deliveryId)
                    .toList();
            if (!ids.isEmpty()) {
                cancelled.addAll(cancel(ids));
                cancelledUpTo.put(subscriptionId, ids.get(ids.size() - 1));
            } else if (reached != null) {
                // Once more from the oldest on: one that was over may have been retried.
                cancelledUpTo.remove(subscriptionId);
            } else {
                return cancelled;
            }
        }
        return cancelled;
    }

    private Set<UUID> cancel(Connection connection, Collection<UUID> ids) throws SQLException {
        var sql = database.sql("""
                WITH moment AS MATERIALIZED (SELECT :now AS now),
                delivery AS MATERIALIZED (
                    SELECT id FROM posthorn_delivery
                    WHERE id = ANY (?) AND id BETWEEN ? AND ? AND status = 'PENDING'
                    ORDER BY id FOR NO KEY UPDATE
                ),
                changed AS (
                    UPDATE posthorn_delivery d
                    SET version = d.version + 1, status = 'CANCELLED', due_at = NULL, completed_at = now
                    FROM delivery, moment WHERE d.id = delivery.id AND d.id BETWEEN ? AND ?
                ),
                ticket AS (
                    DELETE FROM posthorn_queue WHERE delivery_id = ANY (ARRAY (
                        SELECT q.delivery_id FROM posthorn_queue q
                        WHERE q.delivery_id = ANY (ARRAY (SELECT id FROM delivery))
                        ORDER BY q.delivery_id FOR UPDATE))
                )
                SELECT id FROM delivery
                """);
        try (var statement = connection.prepareStatement(sql)) {
            new Parameters(statement).uuids(ids).range(ids).range(ids);
            return PostgresDeliveryQueue.ids(statement);
        }
    }

    @Override
    public int purge(Duration retention, int limit) {
        return purge.purge(retention, limit);
    }
}
