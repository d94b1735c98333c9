package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.spi.Appended;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.Publication.Idempotency;
import dev.posthorn.webhook.spi.PublicationLog;
import dev.posthorn.webhook.spi.Ticket;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Appends events with their deliveries and tickets: one statement where there are no idempotency keys. With keys it takes
 * a transaction, because a key may turn out to have been used.
 */
final class PostgresPublicationLog {
    private final Database database;
    private final Partitions partitions;
    private final boolean hasQueue;

    PostgresPublicationLog(Database database, Partitions partitions, boolean hasQueue) {
        this.database = database;
        this.partitions = partitions;
        this.hasQueue = hasQueue;
    }

    /** Appends in a transaction of its own. */
    List<Appended> append(List<Publication> publications) {
        if (publications.isEmpty()) {
            return List.of();
        }
        boolean hasKeys = publications.stream().anyMatch(each -> each.idempotency() != null);
        return partitions.write(
                idsOf(publications),
                () -> hasKeys
                        ? database.transaction(connection -> appendKeyed(connection, publications))
                        : database.statement(connection -> appendPlain(connection, publications)));
    }

    /** Appends in a transaction of the host's. */
    PublicationLog joining(Connection host) {
        return publications -> {
            if (publications.isEmpty()) {
                return List.of();
            }
            // Partitions are made on a connection of their own: nobody must wait for the host's commit.
            return partitions.write(
                    idsOf(publications), () -> Database.joined(host, connection -> joined(connection, publications)));
        };
    }

    /** Nothing of it stays where it fails, so that the host may go on with its transaction. */
    private List<Appended> joined(Connection connection, List<Publication> publications) throws SQLException {
        if (connection.getAutoCommit()) {
            throw new IllegalStateException("the connection is not in a transaction: it commits each statement");
        }
        var savepoint = connection.setSavepoint();
        try {
            var appended = appendKeyed(connection, publications);
            connection.releaseSavepoint(savepoint);
            return appended;
        } catch (SQLException | RuntimeException problem) {
            connection.rollback(savepoint);
            throw problem;
        }
    }

    private static List<UUID> idsOf(List<Publication> publications) {
        var ids = new ArrayList<UUID>();
        for (var publication : publications) {
            ids.add(publication.event().id());
            publication.deliveries().forEach(ticket -> ids.add(ticket.deliveryId()));
        }
        return ids;
    }

    private record Key(String tenant, String key) {
        static Key of(Publication publication) {
            var idempotency = Objects.requireNonNull(publication.idempotency());
            return new Key(publication.event().tenant(), idempotency.key());
        }
    }

    private List<Appended> appendKeyed(Connection connection, List<Publication> publications) throws SQLException {
        var firsts = new HashMap<Key, Publication>();
        var writers = new ArrayList<Publication>();
        for (var publication : publications) {
            var idempotency = publication.idempotency();
            var first = idempotency == null ? null : firsts.putIfAbsent(Key.of(publication), publication);
            if (first == null) {
                writers.add(publication);
            } else if (!Objects.equals(idempotency, first.idempotency())) {
                throw reused(Key.of(publication));
            }
        }
        var taken = takeKeys(connection, firsts);
        writers.removeIf(publication -> publication.idempotency() != null && taken.containsKey(Key.of(publication)));
        var byEvent = appendPlain(connection, writers).stream()
                .collect(Collectors.toMap(each -> each.receipt().eventId(), each -> each));
        var appended = new ArrayList<Appended>(publications.size());
        for (var publication : publications) {
            var own = byEvent.get(publication.event().id());
            if (own != null) {
                appended.add(own);
            } else {
                var key = Key.of(publication);
                var before = taken.get(key);
                appended.add(duplicateOf(before != null ? before : receipt(Objects.requireNonNull(firsts.get(key)))));
            }
        }
        return appended;
    }

    private static Appended duplicateOf(PublishReceipt first) {
        return new Appended(new PublishReceipt(first.eventId(), first.deliveryIds(), true), List.of());
    }

    private static PublishReceipt receipt(Publication publication) {
        var ids = publication.deliveries().stream().map(Ticket::deliveryId).toList();
        return new PublishReceipt(publication.event().id(), ids, false);
    }

    private static ConflictException reused(Key key) {
        return new ConflictException("the idempotency key was used with other content: " + key.key);
    }

    /**
     * Takes the keys for their publications, and tells the receipts of those that others have taken before. Waits for the
     * commit of whoever is just taking one.
     */
    private Map<Key, PublishReceipt> takeKeys(Connection connection, Map<Key, Publication> wanted) throws SQLException {
        var taken = new HashMap<Key, PublishReceipt>();
        var left = new HashMap<>(wanted);
        while (!left.isEmpty()) {
            left.keySet().removeAll(insertKeys(connection, left));
            // A new statement sees what was committed while the one before waited.
            for (var owner : ownersOf(connection, left)) {
                var publication = Objects.requireNonNull(left.get(owner.key));
                if (owner.receipt.eventId().equals(publication.event().id())) {
                    left.remove(owner.key);
                } else if (owner.isKept) {
                    if (!owner.idempotency.equals(publication.idempotency())) {
                        throw reused(owner.key);
                    }
                    taken.put(owner.key, owner.receipt);
                    left.remove(owner.key);
                } else {
                    giveUp(connection, owner);
                }
            }
        }
        return taken;
    }

    private Set<Key> insertKeys(Connection connection, Map<Key, Publication> wanted) throws SQLException {
        // In the order of the keys, so that two publishers never wait for each other.
        var sql = database.sql("""
                INSERT INTO posthorn_idempotency_key (tenant, key, content_hash, event_id)
                SELECT tenant, key, content_hash, event_id
                FROM unnest(?::text[], ?::text[], ?::bytea[], ?::uuid[]) AS k (tenant, key, content_hash, event_id)
                ORDER BY tenant, key
                ON CONFLICT (tenant, key) DO NOTHING
                RETURNING tenant, key
                """);
        var rows = wanted.entrySet();
        try (var statement = connection.prepareStatement(sql)) {
            new Parameters(statement)
                    .texts(rows, row -> row.getKey().tenant)
                    .texts(rows, row -> row.getKey().key)
                    .manyBytes(rows, row -> idempotency(row.getValue()).contentHash())
                    .uuids(rows, row -> row.getValue().event().id());
            try (var result = statement.executeQuery()) {
                var inserted = new HashSet<Key>();
                for (var row = new Row(result); row.next(); ) {
                    inserted.add(new Key(row.text(), row.text()));
                }
                return inserted;
            }
        }
    }

    private static Idempotency idempotency(Publication publication) {
        return Objects.requireNonNull(publication.idempotency());
    }

    /** @param isKept whether its event is still within the retention */
    private record Owner(Key key, Idempotency idempotency, PublishReceipt receipt, boolean isKept) {}

    private List<Owner> ownersOf(Connection connection, Map<Key, Publication> wanted) throws SQLException {
        if (wanted.isEmpty()) {
            return List.of();
        }
        var sql = database.sql("""
                SELECT k.tenant, k.key, k.content_hash, k.event_id, e.id IS NOT NULL AND %s, e.deliveries
                FROM unnest(?::text[], ?::text[]) AS wanted (tenant, key)
                JOIN posthorn_idempotency_key k ON k.tenant = wanted.tenant AND k.key = wanted.key
                LEFT JOIN posthorn_event e ON e.id = k.event_id
                """.formatted(Retained.EVENT));
        try (var statement = connection.prepareStatement(sql)) {
            new Parameters(statement).texts(wanted.keySet(), key -> key.tenant).texts(wanted.keySet(), key -> key.key);
            try (var result = statement.executeQuery()) {
                var owners = new ArrayList<Owner>();
                for (var row = new Row(result); row.next(); ) {
                    var key = new Key(row.text(), row.text());
                    var idempotency = new Idempotency(key.key, row.bytes());
                    var eventId = row.uuid();
                    boolean isKept = row.flag();
                    owners.add(new Owner(key, idempotency, new PublishReceipt(eventId, row.uuids(), false), isKept));
                }
                return owners;
            }
        }
    }

    private void giveUp(Connection connection, Owner owner) throws SQLException {
        var sql = database.sql("DELETE FROM posthorn_idempotency_key WHERE tenant = ? AND key = ? AND event_id = ?");
        try (var statement = connection.prepareStatement(sql)) {
            new Parameters(statement).text(owner.key.tenant).text(owner.key.key).uuid(owner.receipt.eventId());
            statement.executeUpdate();
        }
    }

    private List<Appended> appendPlain(Connection connection, List<Publication> publications) throws SQLException {
        if (publications.isEmpty()) {
            return List.of();
        }
        // An event that is there already was appended before, with all that belongs to it.
        var sql = database.sql("""
                WITH moment AS MATERIALIZED (SELECT :now AS now),
                given AS MATERIALIZED (
                    SELECT * FROM unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::bigint[], ?::bigint[])
                        AS t (id, event_id, subscription_id, delay, lease)
                ),
                event AS (
                    INSERT INTO posthorn_event
                        (id, tenant, type, content_type, headers, payload, published_at, deliveries)
                    SELECT e.id, e.tenant, e.type, e.content_type, e.headers::json, e.payload,
                        timestamptz 'epoch' + e.published_at * interval '1 microsecond', e.deliveries::uuid[]
                    FROM unnest(?::uuid[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bytea[], ?::bigint[], ?::text[])
                        AS e (id, tenant, type, content_type, headers, payload, published_at, deliveries)
                    ON CONFLICT (id) DO NOTHING
                    RETURNING id, tenant, type, published_at
                ),
                delivery AS (
                    INSERT INTO posthorn_delivery
                        (id, event_id, subscription_id, tenant, event_type, status, version, attempt_count,
                         attempts_this_round, first_due_at, due_at, created_at)
                    SELECT given.id, event.id, given.subscription_id, event.tenant, event.type, 'PENDING', 1, 0, 0,
                        now + given.delay * interval '1 microsecond', now + given.delay * interval '1 microsecond',
                        event.published_at
                    FROM event JOIN given ON given.event_id = event.id, moment
                ),
                ticket AS (
                    INSERT INTO posthorn_queue (delivery_id, subscription_id, visible_at, token)
                    SELECT given.id, given.subscription_id,
                        now + coalesce(given.lease, given.delay) * interval '1 microsecond',
                        CASE WHEN given.lease IS NOT NULL THEN nextval('posthorn_token') END
                    FROM event JOIN given ON given.event_id = event.id, moment
                    WHERE ?
                    RETURNING delivery_id, subscription_id, token
                )
                SELECT delivery_id, subscription_id, token FROM ticket WHERE token IS NOT NULL
                """);
        var leases = new HashMap<UUID, Lease>();
        try (var statement = connection.prepareStatement(sql)) {
            bind(statement, publications);
            try (var result = statement.executeQuery()) {
                for (var row = new Row(result); row.next(); ) {
                    var lease = new Lease(row.uuid(), row.uuid(), row.number());
                    leases.put(lease.deliveryId(), lease);
                }
            }
        }
        return publications.stream()
                .map(publication -> new Appended(
                        receipt(publication), PostgresDeliveryQueue.inOrder(publication.deliveries(), leases)))
                .toList();
    }

    private record Given(UUID eventId, Ticket ticket) {}

    private void bind(PreparedStatement statement, List<Publication> publications) throws SQLException {
        var given = publications.stream()
                .flatMap(publication -> publication.deliveries().stream()
                        .map(ticket -> new Given(publication.event().id(), ticket)))
                .toList();
        new Parameters(statement)
                .uuids(given, each -> each.ticket.deliveryId())
                .uuids(given, each -> each.eventId)
                .uuids(given, each -> each.ticket.subscriptionId())
                .numbers(given, each -> Parameters.micros(each.ticket.delay()))
                .numbers(given, each -> PostgresDeliveryQueue.leaseMicros(each.ticket))
                .uuids(publications, each -> each.event().id())
                .texts(publications, each -> each.event().tenant())
                .texts(publications, each -> each.event().type())
                .texts(publications, each -> each.event().contentType())
                .texts(publications, PostgresPublicationLog::headers)
                .manyBytes(publications, each -> each.event().payload())
                .numbers(publications, each -> Parameters.micros(each.event().publishedAt()))
                .texts(publications, PostgresPublicationLog::deliveryIds)
                .flag(hasQueue);
    }

    private static @Nullable String headers(Publication publication) {
        var headers = publication.event().headers();
        return headers.isEmpty() ? null : StoredSettings.write(headers);
    }

    /** As the text of an array, because an array of arrays cannot be taken apart by rows. */
    private static String deliveryIds(Publication publication) {
        return publication.deliveries().stream()
                .map(ticket -> ticket.deliveryId().toString())
                .collect(Collectors.joining(",", "{", "}"));
    }
}
