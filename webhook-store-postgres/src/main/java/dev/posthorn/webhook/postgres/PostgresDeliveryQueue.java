package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Claimed;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Placed;
import dev.posthorn.webhook.spi.QueueStats;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.Ticket;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Tickets in a table of their own. One moment in each, {@code visible_at}, is its due time and its lease's end. */
class PostgresDeliveryQueue implements DeliveryQueue {
    private final Database database;
    private final TicketClaim claim;

    PostgresDeliveryQueue(Database database) {
        this.database = database;
        claim = new TicketClaim(database);
    }

    @Override
    public Placed enqueue(List<Ticket> tickets) {
        if (tickets.isEmpty()) {
            return new Placed(List.of(), Set.of());
        }
        // In the order of the ids, so that two calls never wait for each other; of several tickets for one delivery the
        // last counts, as a statement cannot change a row twice.
        var sql = database.sql("""
                WITH moment AS MATERIALIZED (SELECT :now AS now),
                ticket AS MATERIALIZED (
                    SELECT * FROM unnest(?::uuid[], ?::uuid[], ?::bigint[], ?::bigint[], ?::boolean[])
                        AS t (delivery_id, subscription_id, delay, lease, is_retry)
                ),
                placed AS (
                    INSERT INTO posthorn_queue AS q (delivery_id, subscription_id, visible_at, token, is_retry)
                    SELECT delivery_id, subscription_id, now + coalesce(lease, delay) * interval '1 microsecond',
                        CASE WHEN lease IS NOT NULL THEN nextval('posthorn_token') END, is_retry
                    FROM ticket, moment ORDER BY delivery_id
                    ON CONFLICT (delivery_id) DO UPDATE SET
                        token = excluded.token,
                        is_retry = excluded.is_retry,
                        visible_at = CASE WHEN excluded.token IS NOT NULL THEN excluded.visible_at
                            ELSE least(q.visible_at, excluded.visible_at) END
                    WHERE q.token IS NULL OR q.visible_at <= (SELECT now FROM moment)
                    RETURNING delivery_id, subscription_id, token
                )
                SELECT ticket.delivery_id, ticket.subscription_id, placed.token, placed.delivery_id IS NULL
                FROM ticket LEFT JOIN placed ON placed.delivery_id = ticket.delivery_id
                WHERE placed.delivery_id IS NULL OR placed.token IS NOT NULL
                """);
        var byId = new HashMap<UUID, Ticket>();
        tickets.forEach(ticket -> byId.put(ticket.deliveryId(), ticket));
        var unique = byId.values();
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement)
                        .uuids(unique, Ticket::deliveryId)
                        .uuids(unique, Ticket::subscriptionId)
                        .numbers(unique, ticket -> Parameters.micros(ticket.delay()))
                        .numbers(unique, PostgresDeliveryQueue::leaseMicros)
                        .flags(unique, Ticket::isRetry);
                try (var result = statement.executeQuery()) {
                    var leases = new HashMap<UUID, Lease>();
                    var alreadyLeased = new HashSet<UUID>();
                    for (var row = new Row(result); row.next(); ) {
                        var deliveryId = row.uuid();
                        var subscriptionId = row.uuid();
                        long token = row.number();
                        if (row.flag()) {
                            alreadyLeased.add(deliveryId);
                        } else {
                            leases.put(deliveryId, new Lease(deliveryId, subscriptionId, token));
                        }
                    }
                    return new Placed(inOrder(tickets, leases), alreadyLeased);
                }
            }
        });
    }

    /** Leases in the order of the tickets that asked for them. */
    static List<Lease> inOrder(Collection<Ticket> tickets, Map<UUID, Lease> leases) {
        var ordered = new ArrayList<Lease>(leases.size());
        for (var ticket : tickets) {
            var lease = leases.remove(ticket.deliveryId());
            if (lease != null) {
                ordered.add(lease);
            }
        }
        return ordered;
    }

    static @Nullable Long leaseMicros(Ticket ticket) {
        var lease = ticket.lease();
        return lease == null ? null : Parameters.micros(lease);
    }

    @Override
    public Claimed claim(ClaimRequest request) {
        return claim.claim(request);
    }

    @Override
    public Set<UUID> settle(List<Settlement> settlements) {
        if (settlements.isEmpty()) {
            return Set.of();
        }
        // The row is taken out where there is no delay. Rows are found by their keys, whatever is believed of the
        // table.
        var sql = database.sql("""
                WITH moment AS MATERIALIZED (SELECT :now AS now),
                settlement AS MATERIALIZED (
                    SELECT * FROM unnest(?::uuid[], ?::bigint[], ?::bigint[], ?::boolean[])
                        AS s (delivery_id, token, delay, is_retry)
                ),
                held AS MATERIALIZED (
                    SELECT * FROM posthorn_queue
                    WHERE delivery_id = ANY (ARRAY (SELECT delivery_id FROM settlement))
                    ORDER BY delivery_id FOR UPDATE
                ),
                valid AS MATERIALIZED (
                    SELECT held.*, s.delay, held.is_retry OR s.is_retry AS will_be_retry FROM settlement s
                    JOIN held ON held.delivery_id = s.delivery_id AND held.token = s.token
                ),
                done AS (
                    DELETE FROM posthorn_queue
                    WHERE delivery_id = ANY (ARRAY (SELECT delivery_id FROM valid WHERE delay IS NULL))
                ),
                again AS (
                    INSERT INTO posthorn_queue AS q (delivery_id, subscription_id, visible_at, is_retry)
                    SELECT delivery_id, subscription_id, now + delay * interval '1 microsecond', will_be_retry
                    FROM valid, moment WHERE delay IS NOT NULL
                    ON CONFLICT (delivery_id) DO UPDATE SET
                        token = NULL, visible_at = excluded.visible_at, is_retry = excluded.is_retry
                )
                SELECT s.delivery_id FROM settlement s
                WHERE NOT EXISTS (SELECT FROM valid WHERE valid.delivery_id = s.delivery_id AND valid.token = s.token)
                """);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement)
                        .uuids(settlements, each -> each.lease().deliveryId())
                        .numbers(settlements, each -> each.lease().token())
                        .numbers(settlements, PostgresDeliveryQueue::delayMicros)
                        .flags(settlements, each -> each instanceof Settlement.Again again && again.isRetry());
                return ids(statement);
            }
        });
    }

    private static @Nullable Long delayMicros(Settlement settlement) {
        return settlement instanceof Settlement.Again again ? (Long) Parameters.micros(again.delay()) : null;
    }

    static Set<UUID> ids(PreparedStatement statement) throws SQLException {
        try (var result = statement.executeQuery()) {
            var ids = new HashSet<UUID>();
            for (var row = new Row(result); row.next(); ) {
                ids.add(row.uuid());
            }
            return ids;
        }
    }

    @Override
    public void remove(Collection<UUID> deliveryIds) {
        var sql = database.sql("""
                DELETE FROM posthorn_queue WHERE delivery_id = ANY (ARRAY (
                    SELECT delivery_id FROM posthorn_queue WHERE delivery_id = ANY (?)
                    ORDER BY delivery_id FOR UPDATE))
                """);
        database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement).uuids(deliveryIds);
                return statement.executeUpdate();
            }
        });
    }

    @Override
    public int count(Collection<UUID> subscriptionIds, int atMost) {
        // The order, which does not matter, is that of the index: so it is read, and not the table.
        var sql = database.sql("""
                SELECT count(*) FROM (
                    SELECT 1 FROM unnest(?::uuid[]) AS wanted (id)
                    CROSS JOIN LATERAL (
                        SELECT 1 FROM posthorn_queue q WHERE q.subscription_id = wanted.id
                        ORDER BY q.is_retry, q.visible_at LIMIT ?
                    ) ticket
                    LIMIT ?
                ) counted
                """);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement)
                        .uuids(Set.copyOf(subscriptionIds))
                        .number(atMost)
                        .number(atMost);
                try (var result = statement.executeQuery()) {
                    var row = new Row(result);
                    row.next();
                    return (int) row.number();
                }
            }
        });
    }

    @Override
    public Map<UUID, Integer> countEach(Collection<UUID> subscriptionIds, int atMost) {
        // In the order of the index, as above.
        var sql = database.sql("""
                SELECT wanted.id, (
                    SELECT count(*) FROM (
                        SELECT 1 FROM posthorn_queue q WHERE q.subscription_id = wanted.id
                        ORDER BY q.is_retry, q.visible_at LIMIT ?
                    ) ticket
                )
                FROM unnest(?::uuid[]) AS wanted (id)
                """);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement).number(atMost).uuids(Set.copyOf(subscriptionIds));
                try (var result = statement.executeQuery()) {
                    var counts = new HashMap<UUID, Integer>();
                    for (var row = new Row(result); row.next(); ) {
                        counts.put(row.uuid(), (int) row.number());
                    }
                    return counts;
                }
            }
        });
    }

    @Override
    public QueueStats stats() {
        // Exact while there are few; what the planner believes where there are many, less the thousand that stay.
        var sql = database.sql("""
                SELECT
                    (SELECT count(*) FROM (SELECT 1 FROM posthorn_queue WHERE visible_at > 'epoch' LIMIT 10000) few),
                    (SELECT reltuples::bigint - 1000 FROM pg_class WHERE oid = 'posthorn_queue'::regclass),
                    (SELECT (extract(epoch FROM :now - visible_at) * 1000000)::bigint FROM posthorn_queue
                        WHERE visible_at > 'epoch' AND visible_at <= :now ORDER BY visible_at LIMIT 1)
                """);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql);
                    var result = statement.executeQuery()) {
                var row = new Row(result);
                row.next();
                long few = row.number();
                long many = row.number();
                return new QueueStats(few < 10_000 ? few : Math.max(few, many), row.optionalDuration());
            }
        });
    }
}
