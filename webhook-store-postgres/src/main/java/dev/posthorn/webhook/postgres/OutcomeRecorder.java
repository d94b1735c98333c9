package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.StoreException;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes outcomes: one statement, which is a transaction, for a whole batch. It locks the deliveries, then their tickets,
 * each in the order of their ids, as everybody does.
 */
final class OutcomeRecorder {
    // The locks show rows as they are after waiting for them; everything is decided by those, and not by what the
    // statement saw when it began.
    private static final String RECORD = """
            WITH moment AS MATERIALIZED (SELECT :now AS now),
            outcome AS MATERIALIZED (
                SELECT * FROM unnest(?::uuid[], ?::bigint[], ?::bigint[], ?::text[], ?::text[], ?::bigint[], ?::uuid[])
                    AS o (delivery_id, token, seen_version, status, failure, retry_in, attempt_id)
            ),
            delivery AS MATERIALIZED (
                SELECT * FROM posthorn_delivery
                WHERE id = ANY (?) AND id BETWEEN ? AND ?
                ORDER BY id FOR NO KEY UPDATE
            ),
            ticket AS MATERIALIZED (
                SELECT delivery_id, token FROM posthorn_queue
                WHERE delivery_id = ANY (ARRAY (SELECT id FROM delivery))
                ORDER BY delivery_id FOR UPDATE
            ),
            attempt AS (
                %s
                JOIN delivery ON delivery.id = a.delivery_id
                ON CONFLICT (delivery_id, id) DO NOTHING
                RETURNING id
            ),
            decided AS MATERIALIZED (
                SELECT delivery.*, o.status AS new_status, o.failure AS new_failure, o.retry_in,
                    ticket.delivery_id IS NOT NULL AS has_ticket, o.is_logged,
                    CASE
                        WHEN o.status = 'SUCCEEDED' THEN delivery.status <> 'SUCCEEDED'
                        ELSE delivery.version = o.seen_version
                            AND (NOT ? OR coalesce(ticket.token = o.token, false))
                    END AS applies
                -- Asked with IN, which makes a table to look into: an attempt is believed to be alone, and joined by
                -- comparing each with each.
                FROM (SELECT *, coalesce(attempt_id IN (SELECT id FROM attempt), false) AS is_logged FROM outcome) o
                JOIN delivery ON delivery.id = o.delivery_id
                LEFT JOIN ticket ON ticket.delivery_id = o.delivery_id
                -- Not what was recorded before, when only the answer was lost.
                WHERE CASE WHEN o.attempt_id IS NULL THEN delivery.failure IS DISTINCT FROM o.failure
                        OR o.failure IS NULL
                    ELSE o.is_logged END
            ),
            -- Rows that are all there: inserting them is updating them, each found by its key. An update from a join is
            -- planned by what is believed of the tables, which may be from when they were empty.
            changed AS (
                INSERT INTO posthorn_delivery AS d
                    (id, event_id, subscription_id, tenant, event_type, first_due_at, created_at,
                     attempt_count, version, status, failure, attempts_this_round, due_at, completed_at)
                SELECT id, event_id, subscription_id, tenant, event_type, first_due_at, created_at,
                    attempt_count + is_logged::int, version + applies::int,
                    CASE WHEN applies THEN new_status ELSE status END,
                    CASE WHEN applies THEN new_failure ELSE failure END,
                    attempts_this_round + (applies AND new_status = 'PENDING')::int,
                    CASE WHEN applies THEN now + retry_in * interval '1 microsecond' ELSE due_at END,
                    CASE WHEN NOT applies THEN completed_at WHEN new_status <> 'PENDING' THEN now END
                FROM decided, moment WHERE applies OR is_logged
                ON CONFLICT (id) DO UPDATE SET
                    attempt_count = excluded.attempt_count, version = excluded.version, status = excluded.status,
                    failure = excluded.failure, attempts_this_round = excluded.attempts_this_round,
                    due_at = excluded.due_at, completed_at = excluded.completed_at
            ),
            done AS (
                DELETE FROM posthorn_queue
                WHERE delivery_id = ANY (ARRAY (SELECT id FROM decided WHERE applies AND new_status <> 'PENDING'))
            ),
            again AS (
                INSERT INTO posthorn_queue AS q (delivery_id, subscription_id, visible_at, is_retry)
                SELECT id, subscription_id, now + retry_in * interval '1 microsecond', true
                FROM decided, moment WHERE applies AND new_status = 'PENDING' AND has_ticket
                ON CONFLICT (delivery_id) DO UPDATE SET
                    token = NULL, is_retry = excluded.is_retry, visible_at = excluded.visible_at
            )
            SELECT id FROM decided WHERE NOT applies
            """;

    private final Database database;
    private final Partitions partitions;
    private final boolean hasQueue;
    private final Supplier<String> record;
    private final SuccessRecorder successes;

    OutcomeRecorder(Database database, Partitions partitions, boolean hasQueue) {
        this.database = database;
        this.partitions = partitions;
        this.hasQueue = hasQueue;
        record = database.often(RECORD.formatted(GivenAttempts.ARRAYS));
        successes = new SuccessRecorder(database);
    }

    Set<UUID> record(List<DeliveryOutcome> outcomes) {
        var late = new HashSet<UUID>();
        for (var batch : oneOfEach(outcomes)) {
            var attempts = attempts(batch);
            var ids = attempts.stream().map(Attempt::id).toList();
            late.addAll(partitions.write(ids, () -> record(batch, attempts)));
        }
        return late;
    }

    private Set<UUID> record(List<DeliveryOutcome> outcomes, List<Attempt> attempts) {
        if (outcomes.stream().allMatch(each -> each.status() == DeliveryStatus.SUCCEEDED)) {
            try {
                int ended = database.statement(connection -> successes.record(connection, attempts));
                if (ended == attempts.size()) {
                    return Set.of();
                }
                // Others had succeeded before, or are gone.
            } catch (StoreException problem) {
                if (!SqlFailures.isThereAlready(problem)) {
                    throw problem;
                }
                // Some were recorded before, when only the answer was lost.
            }
        }
        return database.statement(connection -> record(connection, outcomes, attempts));
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

    private Set<UUID> record(Connection connection, List<DeliveryOutcome> outcomes, List<Attempt> attempts)
            throws SQLException {
        try (var statement = connection.prepareStatement(record.get())) {
            bind(statement, outcomes, attempts);
            return PostgresDeliveryQueue.ids(statement);
        }
    }

    private void bind(PreparedStatement statement, List<DeliveryOutcome> outcomes, List<Attempt> attempts)
            throws SQLException {
        var ids = outcomes.stream().map(DeliveryOutcome::deliveryId).toList();
        var parameters = new Parameters(statement)
                .uuids(ids)
                .numbers(outcomes, each -> each.lease().token())
                .numbers(outcomes, DeliveryOutcome::seenVersion)
                .texts(outcomes, each -> each.status().name())
                .texts(outcomes, OutcomeRecorder::failure)
                .numbers(outcomes, OutcomeRecorder::retryMicros)
                .uuids(outcomes, OutcomeRecorder::attemptId)
                .uuids(ids)
                .range(ids);
        GivenAttempts.bind(GivenRows.asArrays(attempts, parameters));
        parameters.flag(hasQueue);
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
}
