package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.Page;
import dev.posthorn.webhook.spi.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Finds pending deliveries that have grown old, and gives them up. */
final class Expiry {
    /** The least id of what is made so long before now; with an hour's room for clocks that are apart. */
    private static final String MADE_BEFORE = """
            (SELECT (lpad(to_hex((extract(epoch FROM :now - ? * interval '1 microsecond' + interval '1 hour')
                * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid)
            """;

    /** Behind the tickets that stay in the queue, and before whatever has a time in it. */
    private static final UUID FIRST = new UUID(0, -1);

    private static final String FIRST_QUEUED =
            "SELECT delivery_id AS id FROM posthorn_queue WHERE delivery_id > ? ORDER BY delivery_id LIMIT ?";

    private static final String FIRST_LOGGED =
            "SELECT id FROM posthorn_delivery WHERE id > ? AND status = 'PENDING' ORDER BY id LIMIT ?";

    private final Database database;
    private final boolean hasQueue;

    Expiry(Database database, boolean hasQueue) {
        this.database = database;
        this.hasQueue = hasQueue;
    }

    /**
     * A delivery is first due no earlier than it was made, and its id begins with when that was. So those that may be old
     * enough are the first of the queue's table by its key, mostly none. A page of that is read, and the log, where no index
     * tells what is pending, is looked into for those of the page alone that may be old enough. Without a queue the log is
     * read until a page is full.
     */
    Page<Ticket> aged(Duration firstDueAgo, @Nullable String after, int limit) {
        // The bound is applied to what was read: in front of the limit it would have the planner, who cannot tell how
        // many it
        // lets through, read all of those and sort them (measured: 100,000 for a page of 500).
        var sql = database.sql("""
                WITH first AS MATERIALIZED (%s),
                old AS MATERIALIZED (SELECT id FROM first WHERE id < %s)
                SELECT s.id IS NOT NULL, old.id, d.subscription_id,
                    (extract(epoch FROM d.due_at - :now) * 1000000)::bigint, d.attempts_this_round > 0
                FROM old
                LEFT JOIN (
                    SELECT id, subscription_id, due_at, attempts_this_round FROM posthorn_delivery
                    WHERE id = ANY (ARRAY (SELECT id FROM old)) AND status = 'PENDING'
                        AND first_due_at <= :now - ? * interval '1 microsecond'
                ) d ON d.id = old.id
                LEFT JOIN posthorn_subscription s
                    ON s.id = d.subscription_id AND s.status = 'ACTIVE' AND NOT s.is_deleted
                ORDER BY old.id
                """.formatted(hasQueue ? FIRST_QUEUED : FIRST_LOGGED, MADE_BEFORE));
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement)
                        .uuid(after == null ? FIRST : UUID.fromString(after))
                        .number(limit)
                        .duration(firstDueAgo)
                        .duration(firstDueAgo);
                try (var result = statement.executeQuery()) {
                    var tickets = new ArrayList<Ticket>();
                    int read = 0;
                    String last = null;
                    for (var row = new Row(result); row.next(); read++) {
                        boolean isAged = row.flag();
                        if (isAged) {
                            tickets.add(DeliveryReader.ticket(row));
                            last = tickets.get(tickets.size() - 1).deliveryId().toString();
                        } else {
                            last = row.uuid().toString();
                        }
                    }
                    return new Page<>(tickets, read < limit ? null : last);
                }
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
