package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.PublishedEvent;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Loaded;
import dev.posthorn.webhook.spi.Settlement;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads what is needed to send: deliveries in one statement, their events, each once, in another. */
final class DeliveryLoader {
    /** A ticket that comes so little early is not worth returning: a queue elsewhere keeps time by another clock. */
    private static final Duration EARLY = Duration.ofMillis(50);

    private static final String DELIVERIES = """
            SELECT d.id, d.event_id, d.status = 'PENDING', d.version, d.attempt_count, d.attempts_this_round,
                (extract(epoch FROM d.due_at - moment.now) * 1000000)::bigint,
                (extract(epoch FROM moment.now - d.first_due_at) * 1000000)::bigint
            FROM posthorn_delivery d, (SELECT :now AS now) moment
            WHERE d.id = ANY (?) AND d.id BETWEEN ? AND ?
            """;

    private static final String EVENTS = """
            SELECT id, tenant, type, content_type, headers, payload, published_at FROM (
                SELECT *, sum(octet_length(payload)) OVER eldest_first AS bytes,
                    row_number() OVER eldest_first AS place
                FROM posthorn_event WHERE id = ANY (?) AND id BETWEEN ? AND ?
                WINDOW eldest_first AS (ORDER BY id ROWS UNBOUNDED PRECEDING)
            ) sized
            WHERE bytes <= ? OR place = 1
            """;

    private final Database database;
    private final Supplier<String> deliveries;
    private final Supplier<String> events;

    DeliveryLoader(Database database) {
        this.database = database;
        deliveries = database.often(DELIVERIES);
        events = database.often(EVENTS);
    }

    private record Waiting(
            UUID eventId,
            boolean isPending,
            long version,
            int attemptCount,
            int attemptsThisRound,
            @Nullable Duration untilDue,
            @Nullable Duration sinceFirstDue) {
        boolean isEarly() {
            return untilDue != null && untilDue.compareTo(EARLY) > 0;
        }
    }

    Loaded load(List<Lease> leases, long maxBytes) {
        if (leases.isEmpty()) {
            return new Loaded(List.of(), List.of(), List.of());
        }
        var deliveries = database.statement(connection -> deliveries(connection, leases));
        var eventIds = new LinkedHashSet<UUID>();
        for (var lease : leases) {
            var waiting = deliveries.get(lease.deliveryId());
            if (waiting != null && waiting.isPending && !waiting.isEarly()) {
                eventIds.add(waiting.eventId);
            }
        }
        var events = eventIds.isEmpty()
                ? Map.<UUID, PublishedEvent>of()
                : database.statement(connection -> events(connection, eventIds, maxBytes));
        var ready = new ArrayList<Loaded.Ready>();
        var settlements = new ArrayList<Settlement>();
        var unread = new ArrayList<Lease>();
        for (var lease : leases) {
            var waiting = deliveries.get(lease.deliveryId());
            if (waiting == null || !waiting.isPending) {
                settlements.add(new Settlement.Done(lease));
            } else if (waiting.isEarly()) {
                settlements.add(new Settlement.Again(
                        lease, Objects.requireNonNull(waiting.untilDue), waiting.attemptsThisRound > 0));
            } else {
                var event = events.get(waiting.eventId);
                if (event == null) {
                    unread.add(lease);
                } else {
                    ready.add(new Loaded.Ready(
                            lease,
                            event,
                            waiting.version,
                            waiting.attemptCount,
                            waiting.attemptsThisRound,
                            Objects.requireNonNull(waiting.sinceFirstDue)));
                }
            }
        }
        return new Loaded(ready, settlements, unread);
    }

    private Map<UUID, Waiting> deliveries(Connection connection, List<Lease> leases) throws SQLException {
        var ids = leases.stream().map(Lease::deliveryId).toList();
        try (var statement = connection.prepareStatement(deliveries.get())) {
            new Parameters(statement).uuids(ids).range(ids);
            try (var result = statement.executeQuery()) {
                var found = new HashMap<UUID, Waiting>();
                for (var row = new Row(result); row.next(); ) {
                    found.put(
                            row.uuid(),
                            new Waiting(
                                    row.uuid(),
                                    row.flag(),
                                    row.number(),
                                    (int) row.number(),
                                    (int) row.number(),
                                    row.optionalDuration(),
                                    row.optionalDuration()));
                }
                return found;
            }
        }
    }

    /** The eldest of these events, as many as fit; at least one. */
    private Map<UUID, PublishedEvent> events(Connection connection, Collection<UUID> ids, long maxBytes)
            throws SQLException {
        try (var statement = connection.prepareStatement(events.get())) {
            new Parameters(statement).uuids(ids).range(ids).number(maxBytes);
            try (var result = statement.executeQuery()) {
                var found = new HashMap<UUID, PublishedEvent>();
                for (var row = new Row(result); row.next(); ) {
                    var event = event(row);
                    found.put(event.id(), event);
                }
                return found;
            }
        }
    }

    static PublishedEvent event(Row row) throws SQLException {
        var id = row.uuid();
        var tenant = row.text();
        var type = row.text();
        var contentType = row.text();
        var headers = row.optionalText();
        Bytes payload = row.bytes();
        return new PublishedEvent(
                id,
                tenant,
                type,
                contentType,
                headers == null ? Map.of() : StoredSettings.headers(headers),
                payload,
                row.moment());
    }
}
