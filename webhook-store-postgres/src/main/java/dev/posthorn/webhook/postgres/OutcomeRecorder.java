package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes outcomes: one statement, which is a transaction, for a whole batch. It locks the deliveries, then their tickets,
 * each in the order of their ids, as everybody does.
 */
final class OutcomeRecorder {
    private final Database database;
    private final Partitions partitions;
    private final boolean hasQueue;

    OutcomeRecorder(Database database, Partitions partitions, boolean hasQueue) {
        this.database = database;
        this.partitions = partitions;
        this.hasQueue = hasQueue;
    }

    Set<UUID> record(List<DeliveryOutcome> outcomes) {
        var late = new HashSet<UUID>();
        for (var batch : oneOfEach(outcomes)) {
            var attempts = attempts(batch).stream().map(Attempt::id).toList();
            late.addAll(partitions.write(attempts, () -> database.statement(connection -> record(connection, batch))));
        }
        return late;
    }

    /** Batches in which each delivery comes once, as a statement can change a row only once. Mostly that is one batch. */
    private static List<List<DeliveryOutcome>> oneOfEach(List<DeliveryOutcome> outcomes) {
        var batches = new ArrayList<List<DeliveryOutcome>>();
        var left = outcomes;
        while (!left.isEmpty()) {
            var batch = new LinkedHashMap<UUID, DeliveryOutcome>();
            var others = new ArrayList<DeliveryOutcome>();
            for (var outcome : left) {
                if (batch.putIfAbsent(outcome.deliveryId(), outcome) != null) {
                    others.add(outcome);
                }
            }
            batches.add(List.copyOf(batch.values()));
            left = others;
        }
        return batches;
    }

    private Set<UUID> record(Connection connection, List<DeliveryOutcome> outcomes) throws SQLException {
        // The locks show rows as they are after waiting for them; everything is decided by those, and not by what the
        // statement saw when it began.
        var sql = database.sql("""
                WITH moment AS MATERIALIZED (SELECT :now AS now),
                outcome AS MATERIALIZED (
                    SELECT * FROM unnest(?::uuid[], ?::bigint[], ?::bigint[], ?::text[], ?::text[], ?::bigint[], ?::uuid[])
                        AS o (delivery_id, token, seen_version, status, failure, retry_in, attempt_id)
                ),
                delivery AS MATERIALIZED (
                    SELECT id, version, status, failure FROM posthorn_delivery
                    WHERE id = ANY (?) AND id BETWEEN ? AND ?
                    ORDER BY id FOR NO KEY UPDATE
                ),
                ticket AS MATERIALIZED (
                    SELECT delivery_id, token FROM posthorn_queue
                    WHERE delivery_id = ANY (ARRAY (SELECT id FROM delivery))
                    ORDER BY delivery_id FOR UPDATE
                ),
                attempt AS (
                    INSERT INTO posthorn_attempt
                        (id, delivery_id, number, started_at, duration_nanos, url, subscription_version, outcome,
                         status_code, error, response_headers, response_body)
                    SELECT a.id, a.delivery_id, a.number,
                        timestamptz 'epoch' + a.started_at * interval '1 microsecond', a.duration_nanos, a.url,
                        a.subscription_version, a.outcome, a.status_code, a.error, a.response_headers::json,
                        a.response_body
                    FROM unnest(?::uuid[], ?::uuid[], ?::bigint[], ?::bigint[], ?::bigint[], ?::text[], ?::bigint[],
                            ?::text[], ?::bigint[], ?::text[], ?::text[], ?::bytea[])
                        AS a (id, delivery_id, number, started_at, duration_nanos, url, subscription_version, outcome,
                            status_code, error, response_headers, response_body)
                    JOIN delivery ON delivery.id = a.delivery_id
                    ON CONFLICT (id) DO NOTHING
                    RETURNING id
                ),
                decided AS MATERIALIZED (
                    SELECT o.delivery_id, o.status, o.failure, o.retry_in, attempt.id IS NOT NULL AS is_logged,
                        CASE
                            WHEN o.status = 'SUCCEEDED' THEN delivery.status <> 'SUCCEEDED'
                            ELSE delivery.version = o.seen_version
                                AND (NOT ? OR coalesce(ticket.token = o.token, false))
                        END AS applies
                    FROM outcome o
                    JOIN delivery ON delivery.id = o.delivery_id
                    LEFT JOIN ticket ON ticket.delivery_id = o.delivery_id
                    LEFT JOIN attempt ON attempt.id = o.attempt_id
                    -- Not what was recorded before, when only the answer was lost.
                    WHERE CASE WHEN o.attempt_id IS NULL THEN delivery.failure IS DISTINCT FROM o.failure
                            OR o.failure IS NULL
                        ELSE attempt.id IS NOT NULL END
                ),
                changed AS (
                    UPDATE posthorn_delivery d SET
                        attempt_count = d.attempt_count + CASE WHEN is_logged THEN 1 ELSE 0 END,
                        version = d.version + CASE WHEN applies THEN 1 ELSE 0 END,
                        status = CASE WHEN applies THEN c.status ELSE d.status END,
                        failure = CASE WHEN applies THEN c.failure ELSE d.failure END,
                        attempts_this_round = d.attempts_this_round
                            + CASE WHEN applies AND c.status = 'PENDING' THEN 1 ELSE 0 END,
                        due_at = CASE WHEN applies THEN now + c.retry_in * interval '1 microsecond' ELSE d.due_at END,
                        completed_at = CASE WHEN NOT applies THEN d.completed_at
                            WHEN c.status <> 'PENDING' THEN now END
                    FROM decided c, moment
                    WHERE d.id = c.delivery_id AND d.id BETWEEN ? AND ? AND (applies OR is_logged)
                ),
                done AS (
                    DELETE FROM posthorn_queue q USING decided c
                    WHERE q.delivery_id = c.delivery_id AND c.applies AND c.status <> 'PENDING'
                ),
                again AS (
                    UPDATE posthorn_queue q
                    SET token = NULL, is_retry = true, visible_at = now + c.retry_in * interval '1 microsecond'
                    FROM decided c, moment
                    WHERE q.delivery_id = c.delivery_id AND c.applies AND c.status = 'PENDING'
                )
                SELECT delivery_id FROM decided WHERE NOT applies
                """);
        try (var statement = connection.prepareStatement(sql)) {
            bind(statement, outcomes);
            return PostgresDeliveryQueue.ids(statement);
        }
    }

    private void bind(PreparedStatement statement, List<DeliveryOutcome> outcomes) throws SQLException {
        var ids = outcomes.stream().map(DeliveryOutcome::deliveryId).toList();
        var attempts = attempts(outcomes);
        new Parameters(statement)
                .uuids(ids)
                .numbers(outcomes, each -> each.lease().token())
                .numbers(outcomes, DeliveryOutcome::seenVersion)
                .texts(outcomes, each -> each.status().name())
                .texts(outcomes, OutcomeRecorder::failure)
                .numbers(outcomes, OutcomeRecorder::retryMicros)
                .uuids(outcomes, OutcomeRecorder::attemptId)
                .uuids(ids)
                .range(ids)
                .uuids(attempts, Attempt::id)
                .uuids(attempts, Attempt::deliveryId)
                .numbers(attempts, each -> (long) each.number())
                .numbers(attempts, each -> Parameters.micros(each.startedAt()))
                .numbers(attempts, each -> each.duration().toNanos())
                .texts(attempts, Attempt::url)
                .numbers(attempts, Attempt::subscriptionVersion)
                .texts(attempts, each -> each.outcome().name())
                .numbers(attempts, OutcomeRecorder::statusCode)
                .texts(attempts, Attempt::error)
                .texts(attempts, OutcomeRecorder::headers)
                .manyBytes(attempts, Attempt::responseBody)
                .flag(hasQueue)
                .range(ids);
    }

    private static List<Attempt> attempts(List<DeliveryOutcome> outcomes) {
        return outcomes.stream()
                .map(DeliveryOutcome::attempt)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
    }

    private static @Nullable String failure(DeliveryOutcome outcome) {
        var failure = outcome.failure();
        return failure == null ? null : failure.name();
    }

    private static @Nullable Long retryMicros(DeliveryOutcome outcome) {
        var retryIn = outcome.retryIn();
        return retryIn == null ? null : (Long) Parameters.micros(retryIn);
    }

    private static @Nullable UUID attemptId(DeliveryOutcome outcome) {
        var attempt = outcome.attempt();
        return attempt == null ? null : attempt.id();
    }

    private static @Nullable Long statusCode(Attempt attempt) {
        var code = attempt.statusCode();
        return code == null ? null : (Long) code.longValue();
    }

    private static @Nullable String headers(Attempt attempt) {
        return attempt.responseHeaders().isEmpty() ? null : StoredSettings.write(attempt.responseHeaders());
    }
}
