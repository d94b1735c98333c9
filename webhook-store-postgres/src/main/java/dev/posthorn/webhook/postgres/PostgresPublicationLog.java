package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.spi.Appended;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.Publication.Idempotency;
import dev.posthorn.webhook.spi.PublicationLog;
import dev.posthorn.webhook.spi.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Appends events with their deliveries and tickets: one statement where there are no idempotency keys. With keys it takes
 * a transaction, because a key may turn out to have been used.
 */
final class PostgresPublicationLog {
    private final Database database;
    private final Partitions partitions;
    private final boolean hasQueue;
    /** The few texts there are: to put one together takes a tenth of the time of a publish. */
    private final Map<PlainAppend.Shape, Supplier<String>> texts = new ConcurrentHashMap<>();

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
        try {
            return appendNew(publications);
        } catch (StoreException problem) {
            if (!SqlFailures.isThereAlready(problem)) {
                throw problem;
            }
            return appendRest(publications, problem);
        }
    }

    private List<Appended> appendNew(List<Publication> publications) {
        return partitions.write(
                idsOf(publications),
                () -> hasKeys(publications)
                        ? database.transaction(connection -> appendKeyed(connection, publications))
                        : database.statement(connection -> appendPlain(connection, publications)));
    }

    /** What is there already was appended before, with all that belongs to it, when only the answer was lost. */
    private List<Appended> appendRest(List<Publication> publications, StoreException problem) {
        var there = database.statement(connection -> appendedBefore(connection, publications));
        if (there.isEmpty()) {
            throw problem;
        }
        var rest = new ArrayList<>(publications);
        rest.removeIf(publication -> there.contains(publication.event().id()));
        var appended = append(rest).iterator();
        return publications.stream()
                .map(publication -> there.contains(publication.event().id())
                        ? new Appended(PlainAppend.receipt(publication), List.of())
                        : appended.next())
                .toList();
    }

    private Set<UUID> appendedBefore(Connection connection, List<Publication> publications) throws SQLException {
        var ids = publications.stream().map(each -> each.event().id()).toList();
        var sql = database.sql("SELECT id FROM posthorn_event WHERE id = ANY (?) AND id BETWEEN ? AND ?");
        try (var statement = connection.prepareStatement(sql)) {
            new Parameters(statement).uuids(ids).range(ids);
            return PostgresDeliveryQueue.ids(statement);
        }
    }

    /** Appends in a transaction of the host's. */
    PublicationLog joining(Connection host) {
        return publications -> {
            if (publications.isEmpty()) {
                return List.of();
            }
            // Partitions are made on a connection of their own: nobody must wait for the host's commit.
            return partitions.writeOnce(
                    idsOf(publications), () -> Database.joined(host, connection -> joined(connection, publications)));
        };
    }

    /**
     * A statement that fails has the host's transaction fail, as its own would. There is no savepoint before it: one for each
     * publish costs every session of the server dearly in a transaction that has many.
     */
    private List<Appended> joined(Connection connection, List<Publication> publications) throws SQLException {
        if (connection.getAutoCommit()) {
            throw new IllegalStateException("the connection is not in a transaction: it commits each statement");
        }
        if (!hasKeys(publications)) {
            return appendPlain(connection, publications);
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

    private static boolean hasKeys(List<Publication> publications) {
        return publications.stream().anyMatch(each -> each.idempotency() != null);
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
                appended.add(duplicateOf(
                        before != null ? before : PlainAppend.receipt(Objects.requireNonNull(firsts.get(key)))));
            }
        }
        return appended;
    }

    private static Appended duplicateOf(PublishReceipt first) {
        return new Appended(new PublishReceipt(first.eventId(), first.deliveryIds(), true), List.of());
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
        var append = new PlainAppend(publications, hasQueue);
        var sql = texts.computeIfAbsent(append.shape(), shape -> database.often(append.sql()));
        try (var statement = connection.prepareStatement(sql.get())) {
            return append.execute(statement);
        }
    }
}
