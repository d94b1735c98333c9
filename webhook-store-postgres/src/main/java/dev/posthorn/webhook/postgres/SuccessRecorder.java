package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.Attempt;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Supplier;

/**
 * Writes a batch in which all succeeded, as most do. Successes are alike, and stand whatever became of their deliveries
 * meanwhile: so there is less to give, nothing to decide, and no ticket to look at. Deliveries that had succeeded before are left as they
 * are, for {@link OutcomeRecorder} to look at closely. It fails if one of the attempts is there already.
 */
final class SuccessRecorder {
    // The index is read in the order of ids, and so the rows are locked in that order without being locked apart first.
    private static final String RECORD = """
            WITH changed AS (
                UPDATE posthorn_delivery SET
                    attempt_count = attempt_count + 1, version = version + 1, status = 'SUCCEEDED', failure = NULL,
                    due_at = NULL, completed_at = :now
                WHERE id = ANY (?) AND id BETWEEN ? AND ? AND status <> 'SUCCEEDED'
                RETURNING id
            ),
            attempt AS (
                %s
                WHERE a.delivery_id IN (SELECT id FROM changed)
            ),
            done AS (
                DELETE FROM posthorn_queue WHERE delivery_id = ANY (ARRAY (SELECT id FROM changed))
            )
            SELECT count(*) FROM changed
            """;

    private final Supplier<String> one;
    private final Supplier<String> many;

    SuccessRecorder(Database database) {
        one = database.often(RECORD.formatted(GivenAttempts.VALUES));
        many = database.often(RECORD.formatted(GivenAttempts.ARRAYS));
    }

    /** Tells how many deliveries ended by it. */
    int record(Connection connection, List<Attempt> attempts) throws SQLException {
        var ids = attempts.stream().map(Attempt::deliveryId).toList();
        try (var statement = connection.prepareStatement((attempts.size() == 1 ? one : many).get())) {
            var parameters = new Parameters(statement).uuids(ids).range(ids);
            GivenAttempts.bind(new GivenRows<>(attempts).in(parameters));
            try (var result = statement.executeQuery()) {
                var row = new Row(result);
                row.next();
                return (int) row.number();
            }
        }
    }
}
