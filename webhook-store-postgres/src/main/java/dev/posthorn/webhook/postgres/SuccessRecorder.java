package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.Attempt;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Writes a batch in which all succeeded, as most do. Successes are alike, and stand whatever became of their deliveries
 * meanwhile: so there is less to give, and no ticket to look at. It fails if one of the attempts is there already.
 */
final class SuccessRecorder {
    // The count has the rows locked before they are changed: what one part of a statement has changed, another cannot
    // lock any more. Their ids are given twice, since a parameter is looked up id by id whatever the table is taken
    // for.
    private static final String RECORD = """
            WITH moment AS MATERIALIZED (SELECT :now AS now),
            delivery AS MATERIALIZED (
                SELECT id, status FROM posthorn_delivery
                WHERE id = ANY (?) AND id BETWEEN ? AND ?
                ORDER BY id FOR NO KEY UPDATE
            ),
            attempt AS (
                %s
                WHERE a.delivery_id IN (SELECT id FROM delivery)
            ),
            changed AS (
                UPDATE posthorn_delivery SET
                    attempt_count = attempt_count + 1, version = version + (status <> 'SUCCEEDED')::int,
                    status = 'SUCCEEDED', failure = NULL, due_at = NULL,
                    completed_at = CASE WHEN status = 'SUCCEEDED' THEN completed_at ELSE (SELECT now FROM moment) END
                WHERE id = ANY (?) AND id BETWEEN ? AND ? AND (SELECT count(*) FROM delivery) > 0
            ),
            done AS (
                DELETE FROM posthorn_queue
                WHERE delivery_id = ANY (ARRAY (SELECT id FROM delivery WHERE status <> 'SUCCEEDED'))
            )
            SELECT id FROM delivery WHERE status = 'SUCCEEDED'
            """;

    private final Supplier<String> one;
    private final Supplier<String> many;

    SuccessRecorder(Database database) {
        one = database.often(RECORD.formatted(GivenAttempts.VALUES));
        many = database.often(RECORD.formatted(GivenAttempts.ARRAYS));
    }

    /** Tells whose deliveries had succeeded before. */
    Set<UUID> record(Connection connection, List<Attempt> attempts) throws SQLException {
        var ids = attempts.stream().map(Attempt::deliveryId).toList();
        try (var statement = connection.prepareStatement((attempts.size() == 1 ? one : many).get())) {
            var parameters = new Parameters(statement).uuids(ids).range(ids);
            GivenAttempts.bind(new GivenRows<>(attempts).in(parameters));
            parameters.uuids(ids).range(ids);
            return PostgresDeliveryQueue.ids(statement);
        }
    }
}
