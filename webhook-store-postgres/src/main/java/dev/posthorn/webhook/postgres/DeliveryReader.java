package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Delivery;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.Page;
import dev.posthorn.webhook.PublishedEvent;
import dev.posthorn.webhook.spi.Ticket;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads of the log that change nothing. */
final class DeliveryReader {
    /** How many rows a page of a list reads at most. */
    private static final int ROWS_PER_PAGE = 10_000;

    /** By how much an id's time may differ from the moment it is compared with, clocks of nodes being what they are. */
    private static final Duration SLACK = Duration.ofHours(1);

    private static final String COLUMNS = """
            d.id, d.event_id, d.subscription_id, d.tenant, d.event_type, d.status, d.failure, d.attempt_count,
                d.due_at, d.created_at, d.completed_at
            """;

    private final Database database;

    DeliveryReader(Database database) {
        this.database = database;
    }

    Optional<Delivery> find(UUID deliveryId) {
        var sql =
                database.sql("SELECT " + COLUMNS + "FROM posthorn_delivery d WHERE d.id = ? AND " + Retained.DELIVERY);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement).uuid(deliveryId);
                try (var result = statement.executeQuery()) {
                    var row = new Row(result);
                    return row.next() ? Optional.of(delivery(row)) : Optional.empty();
                }
            }
        });
    }

    private static Delivery delivery(Row row) throws SQLException {
        var id = row.uuid();
        var eventId = row.uuid();
        var subscriptionId = row.uuid();
        var tenant = row.text();
        var type = row.text();
        var status = DeliveryStatus.valueOf(row.text());
        var failure = row.optionalText();
        return new Delivery(
                id,
                eventId,
                subscriptionId,
                tenant,
                type,
                status,
                failure == null ? null : FailureReason.valueOf(failure),
                (int) row.number(),
                row.optionalMoment(),
                row.moment(),
                row.optionalMoment());
    }

    Optional<PublishedEvent> findEvent(UUID eventId) {
        var sql = database.sql("""
                SELECT e.id, e.tenant, e.type, e.content_type, e.headers, e.payload, e.published_at
                FROM posthorn_event e WHERE e.id = ? AND
                """ + Retained.EVENT);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement).uuid(eventId);
                try (var result = statement.executeQuery()) {
                    var row = new Row(result);
                    return row.next() ? Optional.of(DeliveryLoader.event(row)) : Optional.empty();
                }
            }
        });
    }

    List<Attempt> attempts(UUID deliveryId) {
        // Neither their order nor that none is older than their delivery is told to a planner that takes the table for
        // empty: to it, reading all attempts by their ids would look as good.
        var sql = database.sql("""
                WITH attempt AS MATERIALIZED (
                    SELECT a.id, a.delivery_id, a.number, a.started_at, a.duration_nanos, a.url, a.subscription_version,
                        a.outcome, a.status_code, a.error, a.response_headers, a.response_body
                    FROM posthorn_attempt a
                    WHERE a.delivery_id = ?
                        AND EXISTS (SELECT FROM posthorn_delivery d WHERE d.id = ? AND %s)
                )
                SELECT * FROM attempt ORDER BY id
                """.formatted(Retained.DELIVERY));
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement).uuid(deliveryId).uuid(deliveryId);
                try (var result = statement.executeQuery()) {
                    var attempts = new ArrayList<Attempt>();
                    for (var row = new Row(result); row.next(); ) {
                        attempts.add(attempt(row));
                    }
                    return attempts;
                }
            }
        });
    }

    private static Attempt attempt(Row row) throws SQLException {
        var id = row.uuid();
        var deliveryId = row.uuid();
        int number = (int) row.number();
        var startedAt = row.moment();
        var duration = Duration.ofNanos(row.number());
        var url = row.text();
        long subscriptionVersion = row.number();
        var outcome = AttemptOutcome.valueOf(row.text());
        var statusCode = row.optionalNumber();
        var error = row.optionalText();
        var headers = row.optionalText();
        return new Attempt(
                id,
                deliveryId,
                number,
                startedAt,
                duration,
                url,
                subscriptionVersion,
                outcome,
                statusCode == null ? null : statusCode.intValue(),
                error,
                headers == null ? List.<Header>of() : StoredSettings.answerHeaders(headers),
                row.bytes());
    }

    Page<Delivery> list(DeliveryQuery query) {
        var after = query.after() == null ? null : UUID.fromString(query.after());
        return database.statement(connection -> {
            var items = new ArrayList<Delivery>();
            try (var statement =
                    connection.prepareStatement(database.sql("""
                    SELECT %s FROM (%s) d
                    WHERE (?::text IS NULL OR d.status = ?) AND (?::text IS NULL OR d.event_type = ?)
                        AND (?::timestamptz IS NULL OR d.created_at >= ?)
                        AND (?::timestamptz IS NULL OR d.created_at < ?)
                        AND %s
                    ORDER BY d.id DESC LIMIT ?
                    """.formatted(COLUMNS, rows(query), Retained.DELIVERY)))) {
                var status = query.status() == null ? null : query.status().name();
                bindRows(new Parameters(statement), query, after)
                        .number(ROWS_PER_PAGE)
                        .text(status)
                        .text(status)
                        .text(query.eventType())
                        .text(query.eventType())
                        .moment(query.since())
                        .moment(query.since())
                        .moment(query.until())
                        .moment(query.until())
                        .number(query.limit() + 1L);
                try (var result = statement.executeQuery()) {
                    for (var row = new Row(result); row.next(); ) {
                        items.add(delivery(row));
                    }
                }
            }
            if (items.size() > query.limit()) {
                var page = items.subList(0, query.limit());
                return new Page<>(page, page.get(page.size() - 1).id().toString());
            }
            // Few were found: perhaps there are more behind the rows that were read.
            try (var statement =
                    connection.prepareStatement(database.sql("SELECT d.id FROM (" + rows(query) + ") d OFFSET ?"))) {
                bindRows(new Parameters(statement), query, after)
                        .number(ROWS_PER_PAGE)
                        .number(ROWS_PER_PAGE - 1);
                var last = lastId(statement);
                return new Page<>(items, last == null ? null : last.toString());
            }
        });
    }

    private static @Nullable UUID lastId(PreparedStatement statement) throws SQLException {
        try (var result = statement.executeQuery()) {
            var row = new Row(result);
            return row.next() ? row.uuid() : null;
        }
    }

    /** The rows that a page may read: by the one index that narrows most, and in its order. */
    private static String rows(DeliveryQuery query) {
        return "SELECT * FROM posthorn_delivery d WHERE d.id >= ? AND d.id < ?"
                + (query.subscriptionId() == null ? "" : " AND d.subscription_id = ?")
                + (query.tenant() == null ? "" : " AND d.tenant = ?")
                + " ORDER BY d.id DESC LIMIT ?";
    }

    private static Parameters bindRows(Parameters parameters, DeliveryQuery query, @Nullable UUID after)
            throws SQLException {
        var since = query.since();
        var until = query.until();
        var least = since == null ? new UUID(0, 0) : Partitions.firstId(since.minus(SLACK));
        var most = until == null ? new UUID(-1, -1) : Partitions.firstId(until.plus(SLACK));
        if (after != null && UuidOrder.INSTANCE.compare(after, most) < 0) {
            most = after;
        }
        parameters.uuid(least).uuid(most);
        if (query.subscriptionId() != null) {
            parameters.uuid(query.subscriptionId());
        }
        if (query.tenant() != null) {
            parameters.text(query.tenant());
        }
        return parameters;
    }

    List<Ticket> pending(UUID subscriptionId, @Nullable UUID after, int limit) {
        var sql = database.sql("""
                SELECT d.id, d.subscription_id, (extract(epoch FROM d.due_at - :now) * 1000000)::bigint,
                    d.attempts_this_round > 0
                FROM posthorn_delivery d
                WHERE d.subscription_id = ? AND d.id > ? AND d.status = 'PENDING'
                ORDER BY d.id LIMIT ?
                """);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement)
                        .uuid(subscriptionId)
                        .uuid(orLeast(after))
                        .number(limit);
                return tickets(statement);
            }
        });
    }

    List<Ticket> overdue(Duration by, @Nullable UUID after, int limit) {
        var sql = database.sql("""
                SELECT d.id, d.subscription_id, (extract(epoch FROM d.due_at - :now) * 1000000)::bigint,
                    d.attempts_this_round > 0
                FROM posthorn_delivery d
                JOIN posthorn_subscription s ON s.id = d.subscription_id AND (s.status = 'ACTIVE' OR s.is_deleted)
                WHERE d.status = 'PENDING' AND d.due_at <= :now - ? * interval '1 microsecond' AND d.id > ?
                ORDER BY d.id LIMIT ?
                """);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement).duration(by).uuid(orLeast(after)).number(limit);
                return tickets(statement);
            }
        });
    }

    private static UUID orLeast(@Nullable UUID after) {
        return after == null ? new UUID(0, 0) : after;
    }

    /** From rows of a delivery, its subscription, the microseconds until it is due, and whether it was attempted. */
    static List<Ticket> tickets(PreparedStatement statement) throws SQLException {
        try (var result = statement.executeQuery()) {
            var tickets = new ArrayList<Ticket>();
            for (var row = new Row(result); row.next(); ) {
                tickets.add(ticket(row));
            }
            return tickets;
        }
    }

    static Ticket ticket(Row row) throws SQLException {
        var deliveryId = row.uuid();
        var subscriptionId = row.uuid();
        var untilDue = Objects.requireNonNull(row.optionalDuration());
        return new Ticket(
                deliveryId, subscriptionId, untilDue.isNegative() ? Duration.ZERO : untilDue, null, row.flag());
    }
}
