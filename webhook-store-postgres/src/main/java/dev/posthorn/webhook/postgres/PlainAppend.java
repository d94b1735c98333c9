package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.spi.Appended;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.Ticket;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One statement that appends events with their deliveries and tickets. */
final class PlainAppend {
    private final List<Publication> publications;
    private final GivenRows<Publication> events;
    private final GivenRows<Given> deliveries;
    private final boolean hasQueue;

    PlainAppend(List<Publication> publications, boolean hasQueue) {
        this.publications = publications;
        this.hasQueue = hasQueue;
        events = new GivenRows<>(publications);
        deliveries = new GivenRows<>(given(publications));
    }

    private record Given(UUID eventId, Ticket ticket) {}

    private static List<Given> given(List<Publication> publications) {
        return publications.stream()
                .flatMap(publication -> publication.deliveries().stream()
                        .map(ticket -> new Given(publication.event().id(), ticket)))
                .toList();
    }

    String sql() {
        // An event that is there already was appended before, with all that belongs to it.
        return """
                WITH event AS (
                    INSERT INTO posthorn_event
                        (id, tenant, type, content_type, headers, payload, published_at, deliveries)
                    SELECT e.id, e.tenant, e.type, e.content_type, e.headers::json, e.payload,
                        timestamptz 'epoch' + e.published_at * interval '1 microsecond', e.deliveries::uuid[]
                    FROM %s
                        AS e (id, tenant, type, content_type, headers, payload, published_at, deliveries)
                    ON CONFLICT (id) DO NOTHING
                    RETURNING id, tenant, type, published_at
                ),
                given AS MATERIALIZED (
                    SELECT d.*, event.tenant, event.type, event.published_at, :now AS now
                    FROM %s AS d (id, event_id, subscription_id, delay, lease)
                    JOIN event ON event.id = d.event_id
                ),
                delivery AS (
                    INSERT INTO posthorn_delivery
                        (id, event_id, subscription_id, tenant, event_type, status, version, attempt_count,
                         attempts_this_round, first_due_at, due_at, created_at)
                    SELECT id, event_id, subscription_id, tenant, type, 'PENDING', 1, 0, 0,
                        now + delay * interval '1 microsecond', now + delay * interval '1 microsecond', published_at
                    FROM given
                ),
                ticket AS (
                    INSERT INTO posthorn_queue (delivery_id, subscription_id, visible_at, token)
                    SELECT id, subscription_id, now + coalesce(lease, delay) * interval '1 microsecond',
                        CASE WHEN lease IS NOT NULL THEN nextval('posthorn_token') END
                    FROM given WHERE ?
                    RETURNING delivery_id, subscription_id, token
                )
                SELECT delivery_id, subscription_id, token FROM ticket WHERE token IS NOT NULL
                """.formatted(
                        events.from("uuid", "text", "text", "text", "text", "bytea", "bigint", "text"),
                        deliveries.from("uuid", "uuid", "uuid", "bigint", "bigint"));
    }

    void bind(PreparedStatement statement) throws SQLException {
        var parameters = new Parameters(statement);
        events.in(parameters)
                .uuids(each -> each.event().id())
                .texts(each -> each.event().tenant())
                .texts(each -> each.event().type())
                .texts(each -> each.event().contentType())
                .texts(PlainAppend::headers)
                .bytes(each -> each.event().payload())
                .numbers(each -> Parameters.micros(each.event().publishedAt()))
                .texts(PlainAppend::deliveryIds);
        deliveries
                .in(parameters)
                .uuids(each -> each.ticket.deliveryId())
                .uuids(each -> each.eventId)
                .uuids(each -> each.ticket.subscriptionId())
                .numbers(each -> Parameters.micros(each.ticket.delay()))
                .numbers(each -> PostgresDeliveryQueue.leaseMicros(each.ticket));
        parameters.flag(hasQueue);
    }

    /** What came of it, in the order of the publications. Closes the result. */
    List<Appended> appended(ResultSet result) throws SQLException {
        var leases = new HashMap<UUID, Lease>();
        try (result) {
            for (var row = new Row(result); row.next(); ) {
                var lease = new Lease(row.uuid(), row.uuid(), row.number());
                leases.put(lease.deliveryId(), lease);
            }
        }
        return publications.stream()
                .map(publication -> new Appended(
                        receipt(publication), PostgresDeliveryQueue.inOrder(publication.deliveries(), leases)))
                .toList();
    }

    static PublishReceipt receipt(Publication publication) {
        var ids = publication.deliveries().stream().map(Ticket::deliveryId).toList();
        return new PublishReceipt(publication.event().id(), ids, false);
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
