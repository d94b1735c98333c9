package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.PublishedEvent;
import dev.posthorn.webhook.spi.Appended;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.Ticket;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One statement that appends events with their deliveries and tickets. It fails if one of them is there already, for to look
 * first is a quarter of what an append costs the database.
 */
final class PlainAppend {
    // Where there is one delivery its values are put where they are used (NOT MATERIALIZED); where there are many they
    // are taken from the arrays once.
    private static final String EVENTS = """
            INSERT INTO posthorn_event (id, tenant, type, content_type, headers, payload, published_at, deliveries)
            SELECT e.id, e.tenant, e.type, e.content_type, e.headers::json, e.payload,
                timestamptz 'epoch' + e.published_at * interval '1 microsecond', e.deliveries::uuid[]
            FROM %s AS e (id, tenant, type, content_type, headers, payload, published_at, deliveries)
            """;
    private static final String GIVEN = """
            WITH event AS (%s),
            given AS %s (
                SELECT d.id, d.event_id, d.subscription_id, d.tenant, d.event_type,
                    timestamptz 'epoch' + d.published_at * interval '1 microsecond' AS published_at,
                    :began + d.delay * interval '1 microsecond' AS due_at,
                    :began + d.lease * interval '1 microsecond' AS leased_until
                FROM %s AS d (id, event_id, subscription_id, tenant, event_type, published_at, delay, lease)
            )
            """;
    private static final String DELIVERIES = """
            INSERT INTO posthorn_delivery
                (id, event_id, subscription_id, tenant, event_type, status, version, attempt_count,
                 attempts_this_round, first_due_at, due_at, created_at)
            SELECT id, event_id, subscription_id, tenant, event_type, 'PENDING', 1, 0, 0, due_at, due_at, published_at
            FROM given
            """;
    private static final String TICKETS = """
            INSERT INTO posthorn_queue (delivery_id, subscription_id, visible_at)
            SELECT id, subscription_id, due_at FROM given
            """;
    private static final String LEASED_TICKETS = """
            INSERT INTO posthorn_queue (delivery_id, subscription_id, visible_at, token)
            SELECT id, subscription_id, coalesce(leased_until, due_at),
                CASE WHEN leased_until IS NOT NULL THEN nextval('posthorn_token') END
            FROM given
            RETURNING delivery_id, subscription_id, token
            """;
    private static final String THE_LEASED =
            "SELECT delivery_id, subscription_id, token FROM ticket WHERE token IS NOT NULL";

    private final List<Publication> publications;
    private final GivenRows<Publication> events;
    private final GivenRows<Given> deliveries;
    private final Shape shape;

    PlainAppend(List<Publication> publications, boolean hasQueue) {
        this.publications = publications;
        var given = new ArrayList<Given>();
        boolean isLeased = false;
        for (var publication : publications) {
            for (var ticket : publication.deliveries()) {
                given.add(new Given(publication.event(), ticket));
                isLeased |= ticket.lease() != null;
            }
        }
        events = new GivenRows<>(publications);
        deliveries = new GivenRows<>(given);
        shape = new Shape(publications.size() == 1, Math.min(2, given.size()), hasQueue, hasQueue && isLeased);
    }

    private record Given(PublishedEvent event, Ticket ticket) {}

    /** What the text depends on. */
    record Shape(boolean isOneEvent, int deliveriesOrTwo, boolean hasQueue, boolean isLeased) {}

    Shape shape() {
        return shape;
    }

    String sql() {
        var event = EVENTS.formatted(events.from("uuid", "text", "text", "text", "text", "bytea", "bigint", "text"));
        if (shape.deliveriesOrTwo == 0) {
            return event;
        }
        var given = GIVEN.formatted(
                event,
                shape.deliveriesOrTwo == 1 ? "NOT MATERIALIZED" : "MATERIALIZED",
                deliveries.from("uuid", "uuid", "uuid", "text", "text", "bigint", "bigint", "bigint"));
        if (!shape.hasQueue) {
            return given + DELIVERIES;
        }
        var both = given + ", delivery AS (" + DELIVERIES + ")";
        if (!shape.isLeased) {
            return both + TICKETS;
        }
        return shape.deliveriesOrTwo == 1
                ? both + LEASED_TICKETS
                : both + ", ticket AS (" + LEASED_TICKETS + ")" + THE_LEASED;
    }

    /** Appends them, and tells in their order what came of it. */
    List<Appended> execute(PreparedStatement statement) throws SQLException {
        bind(statement);
        var leases = new HashMap<UUID, Lease>();
        if (shape.isLeased) {
            try (var result = statement.executeQuery()) {
                for (var row = new Row(result); row.next(); ) {
                    var lease = new Lease(row.uuid(), row.uuid(), row.number());
                    leases.put(lease.deliveryId(), lease);
                }
            }
        } else {
            statement.executeUpdate();
        }
        var appended = new ArrayList<Appended>(publications.size());
        for (var publication : publications) {
            appended.add(new Appended(
                    receipt(publication), PostgresDeliveryQueue.inOrder(publication.deliveries(), leases)));
        }
        return appended;
    }

    private void bind(PreparedStatement statement) throws SQLException {
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
        if (shape.deliveriesOrTwo > 0) {
            deliveries
                    .in(parameters)
                    .uuids(each -> each.ticket.deliveryId())
                    .uuids(each -> each.event.id())
                    .uuids(each -> each.ticket.subscriptionId())
                    .texts(each -> each.event.tenant())
                    .texts(each -> each.event.type())
                    .numbers(each -> Parameters.micros(each.event.publishedAt()))
                    .numbers(each -> Parameters.micros(each.ticket.delay()))
                    .numbers(each -> PostgresDeliveryQueue.leaseMicros(each.ticket));
        }
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
        return Parameters.textOf(publication.deliveries(), Ticket::deliveryId);
    }
}
