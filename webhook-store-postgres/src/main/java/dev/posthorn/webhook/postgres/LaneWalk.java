package dev.posthorn.webhook.postgres;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Goes from subscription to subscription, as far as they have tickets, and tells which have one that is due: a loose index
 * scan, in slices. It costs by the number of subscriptions passed, however much waits for each.
 */
final class LaneWalk {
    /** How many are passed in a slice; one with first attempts and retries counts twice. */
    static final int SLICE = 500;

    /** Where a round begins. */
    static final Position BEGINNING = new Position(new UUID(0, 0), false);

    private final Database database;

    LaneWalk(Database database) {
        this.database = database;
    }

    /** Tickets of one subscription and kind: how far a round has come. */
    record Position(UUID subscriptionId, boolean isRetry) {}

    /**
     * What was found on a slice.
     *
     * @param due subscriptions with something due
     * @param reached its end; {@code null} if that is the end of the round
     */
    record Slice(List<UUID> due, @Nullable Position reached) {}

    /** The slice that begins after this. */
    Slice next(Position from) {
        // In the order of the index, whose next entry is found each time by one descent.
        var sql = database.sql("""
                WITH RECURSIVE moment AS MATERIALIZED (SELECT :now AS now),
                step AS (
                    (SELECT subscription_id, is_retry, visible_at, 1 AS number FROM posthorn_queue
                    WHERE (subscription_id, is_retry) > (?, ?)
                    ORDER BY subscription_id, is_retry, visible_at LIMIT 1)
                    UNION ALL
                    SELECT next.subscription_id, next.is_retry, next.visible_at, step.number + 1
                    FROM step CROSS JOIN LATERAL (
                        SELECT subscription_id, is_retry, visible_at FROM posthorn_queue
                        WHERE (subscription_id, is_retry) > (step.subscription_id, step.is_retry)
                        ORDER BY subscription_id, is_retry, visible_at LIMIT 1
                    ) next
                    WHERE step.number < ?
                )
                SELECT
                    ARRAY (SELECT DISTINCT subscription_id FROM step, moment WHERE visible_at <= now),
                    last.number, last.subscription_id, last.is_retry
                FROM moment LEFT JOIN (SELECT * FROM step ORDER BY number DESC LIMIT 1) last ON true
                """);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement)
                        .uuid(from.subscriptionId)
                        .flag(from.isRetry)
                        .number(SLICE);
                try (var result = statement.executeQuery()) {
                    var row = new Row(result);
                    row.next();
                    var due = row.uuids();
                    boolean isWhole = row.number() == SLICE;
                    return new Slice(due, isWhole ? new Position(row.uuid(), row.flag()) : null);
                }
            }
        });
    }
}
