package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Finds pending deliveries that have grown old, and gives them up. */
final class Expiry {
    private final Database database;
    private final boolean hasQueue;

    Expiry(Database database, boolean hasQueue) {
        this.database = database;
        this.hasQueue = hasQueue;
    }

    /**
     * A delivery is first due no earlier than it was made, and its id begins with when that was. So those that may be old
     * enough are the first of the queue's table by its key, mostly none, and the log, where no index tells what is pending,
     * is only looked into for these. Without a queue the log is read up to that id.
     */
    List<Ticket> aged(Duration firstDueAgo, @Nullable UUID after, int limit) {
        var sql = database.sql("""
                SELECT d.id, d.subscription_id, (extract(epoch FROM d.due_at - :now) * 1000000)::bigint,
                    d.attempts_this_round > 0
                FROM %s
                JOIN posthorn_subscription s ON s.id = d.subscription_id AND s.status = 'ACTIVE' AND NOT s.is_deleted
                WHERE %2$s > ? AND %2$s < (SELECT (lpad(to_hex((extract(epoch FROM :now - ? * interval '1 microsecond'
                        + interval '1 hour') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid)
                    AND d.status = 'PENDING' AND d.first_due_at <= :now - ? * interval '1 microsecond'
                ORDER BY %2$s LIMIT ?
                """.formatted(
                hasQueue ? "posthorn_queue q JOIN posthorn_delivery d ON d.id = q.delivery_id" : "posthorn_delivery d",
                hasQueue ? "q.delivery_id" : "d.id"));
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement)
                        .uuid(after == null ? new UUID(0, 0) : after)
                        .duration(firstDueAgo)
                        .duration(firstDueAgo)
                        .number(limit);
                return DeliveryReader.tickets(statement);
            }
        });
    }

    /** Locks deliveries, then tickets, as everybody does. One that is leased is left to its holder. */
    Set<UUID> expire(Map<UUID, Duration> ages) {
        if (ages.isEmpty()) {
            return Set.of();
        }
        var sql = database.sql("""
                WITH moment AS MATERIALIZED (SELECT :now AS now),
                wanted AS MATERIALIZED (SELECT * FROM unnest(?::uuid[], ?::bigint[]) AS w (id, age)),
                delivery AS MATERIALIZED (
                    SELECT d.id, d.first_due_at FROM posthorn_delivery d
                    WHERE d.id = ANY (ARRAY (SELECT id FROM wanted)) AND d.id BETWEEN ? AND ? AND d.status = 'PENDING'
                    ORDER BY d.id FOR NO KEY UPDATE
                ),
                ticket AS MATERIALIZED (
                    SELECT delivery_id, token, visible_at FROM posthorn_queue
                    WHERE delivery_id = ANY (ARRAY (SELECT id FROM delivery))
                    ORDER BY delivery_id FOR UPDATE
                ),
                expired AS MATERIALIZED (
                    SELECT d.id FROM delivery d JOIN wanted w ON w.id = d.id CROSS JOIN moment
                    LEFT JOIN ticket t ON t.delivery_id = d.id
                    WHERE d.first_due_at <= now - w.age * interval '1 microsecond'
                        AND (t.token IS NULL OR t.visible_at <= now)
                ),
                changed AS (
                    UPDATE posthorn_delivery d
                    SET version = d.version + 1, status = 'FAILED', failure = 'EXPIRED', due_at = NULL, completed_at = now
                    FROM expired, moment WHERE d.id = expired.id AND d.id BETWEEN ? AND ?
                ),
                done AS (DELETE FROM posthorn_queue q USING expired WHERE q.delivery_id = expired.id)
                SELECT id FROM expired
                """);
        var rows = ages.entrySet();
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement)
                        .uuids(rows, Map.Entry::getKey)
                        .numbers(rows, row -> Parameters.micros(row.getValue()))
                        .range(ages.keySet())
                        .range(ages.keySet());
                return PostgresDeliveryQueue.ids(statement);
            }
        });
    }
}
