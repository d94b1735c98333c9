package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Claimed;
import dev.posthorn.webhook.spi.Lease;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How tickets are claimed: one statement, which looks at a bounded number of what is due. Where that is full of what may
 * not be taken, the {@link Lookout} says where to look instead. Safe for use by several threads.
 */
final class TicketClaim {
    /** How many due tickets a claim looks at, for each it may take. */
    private static final int LOOK_AHEAD = 4;

    private static final int LEAST_LOOK_AHEAD = 500;

    // Tickets come from three places: what is due since the look before, what is due of the lanes that are to be served
    // by themselves, and once more a part of what was looked at lately, where others may have committed since.
    //
    // Of each subscription every fourth place in line is a retry's, as long as there are both kinds; the turn shifts
    // which. How many of the other kind come before is reckoned, so that they need to be sorted only once.
    //
    // The row comparisons have one purpose: their order is that of the index by subscription and of no other. With
    // equalities a planner that takes a subscription for frequent reads by time, and walks over whatever is due.
    //
    // The rows are locked one after the other until there are enough, so that a claim takes its fill beside others.
    // Arrays keep the planner, which does not know how few they are, from reading the table.
    //
    // The lock finds a ticket by where it is and looks at its time afterwards (OFFSET keeps the condition outside). By
    // key and time an index by time looked as good where the table was thought to be empty, and was read as a whole for
    // each ticket.
    //
    // Parameters that say how many rows there are stand in sub-selects, where the planner does not see them. It saw
    // that no lanes were to be served, took that for cheaper than what is usual, and made a plan for each claim.
    //
    // What is due next is asked once, and not at all where there is more to take now: what was claimed in the last
    // minute and is done lies before it, dead, and has to be passed.
    private static final String CLAIM = """
            WITH moment AS MATERIALIZED (SELECT :now AS now),
            allowance AS MATERIALIZED (
                SELECT * FROM unnest((SELECT ?::uuid[]), (SELECT ?::bigint[])) AS a (subscription_id, most)
            ),
            lane AS MATERIALIZED (
                SELECT * FROM unnest((SELECT ?::uuid[]), (SELECT ?::bigint[])) AS l (subscription_id, most)
            ),
            ahead AS MATERIALIZED (
                SELECT ctid, subscription_id, is_retry, visible_at FROM posthorn_queue
                WHERE visible_at > (SELECT CASE WHEN now < ? THEN ? ELSE timestamptz 'epoch' END FROM moment)
                    AND visible_at <= :now
                ORDER BY visible_at LIMIT (SELECT ?::bigint)
            ),
            again AS MATERIALIZED (
                SELECT ctid, subscription_id, is_retry, visible_at FROM posthorn_queue
                WHERE visible_at > (SELECT ?::timestamptz) AND visible_at <= least((SELECT ?::timestamptz), :now)
                ORDER BY visible_at LIMIT (SELECT ?::bigint)
            ),
            seen AS MATERIALIZED (
                SELECT each.ctid, each.subscription_id, each.is_retry, each.visible_at,
                    least(coalesce(a.most, ?), ?) AS most
                FROM (SELECT * FROM ahead UNION ALL SELECT * FROM again) each
                LEFT JOIN allowance a ON a.subscription_id = each.subscription_id
                WHERE each.subscription_id NOT IN (SELECT subscription_id FROM lane)
            ),
            due AS (
                SELECT * FROM seen WHERE most > 0
                UNION ALL
                SELECT one.ctid, lane.subscription_id, one.is_retry, one.visible_at, lane.most
                FROM lane CROSS JOIN LATERAL (
                    (SELECT ctid, is_retry, visible_at FROM posthorn_queue
                    WHERE (subscription_id, is_retry, visible_at) > (lane.subscription_id, false, '-infinity')
                        AND (subscription_id, is_retry, visible_at) <= (lane.subscription_id, false, :now)
                    ORDER BY subscription_id, is_retry, visible_at LIMIT lane.most + 1)
                    UNION ALL
                    (SELECT ctid, is_retry, visible_at FROM posthorn_queue
                    WHERE (subscription_id, is_retry, visible_at) > (lane.subscription_id, true, '-infinity')
                        AND (subscription_id, is_retry, visible_at) <= (lane.subscription_id, true, :now)
                    ORDER BY subscription_id, is_retry, visible_at LIMIT lane.most + 1)
                ) one
            ),
            numbered AS (
                SELECT *,
                    row_number() OVER line AS nth,
                    count(*) FILTER (WHERE is_retry) OVER (line ROWS UNBOUNDED PRECEDING) AS nth_retry,
                    count(*) OVER lane AS all_of_it,
                    count(*) FILTER (WHERE is_retry) OVER lane AS retries
                FROM due
                WINDOW lane AS (PARTITION BY subscription_id), line AS (lane ORDER BY visible_at)
            ),
            placed AS MATERIALIZED (
                SELECT ctid, subscription_id, visible_at, most,
                    CASE
                        WHEN is_retry THEN nth_retry + least(all_of_it - retries, 3 * nth_retry - turn)
                        ELSE nth - nth_retry + least(retries, (nth - nth_retry - 1 + turn) / 3)
                    END AS place
                FROM numbered, (SELECT ?::bigint AS turn) turns
            ),
            picked AS MATERIALIZED (
                SELECT locked.ctid, locked.delivery_id, allowed.visible_at
                FROM (
                    SELECT ctid, visible_at FROM placed WHERE place <= most ORDER BY place, visible_at
                ) allowed
                CROSS JOIN LATERAL (
                    SELECT ctid, delivery_id, visible_at FROM posthorn_queue
                    WHERE ctid = allowed.ctid
                    OFFSET 0 FOR NO KEY UPDATE SKIP LOCKED
                ) locked
                WHERE locked.visible_at <= :now
                LIMIT (SELECT ?::bigint)
            ),
            taken AS (
                UPDATE posthorn_queue q
                SET visible_at = now + ? * interval '1 microsecond', token = nextval('posthorn_token')
                FROM moment
                WHERE q.ctid = ANY (ARRAY (SELECT ctid FROM picked))
                RETURNING q.delivery_id, q.subscription_id, q.token
            ),
            kinds AS (SELECT coalesce(bool_or(is_retry), false) AS has_retries FROM seen),
            allowed AS (
                SELECT count(*) AS count, coalesce(max(place), 0) AS most_of_one, min(visible_at) FILTER (
                    WHERE ctid NOT IN (SELECT ctid FROM picked)
                        AND subscription_id NOT IN (SELECT subscription_id FROM lane)
                ) AS untaken
                FROM placed WHERE place <= most
            )
            SELECT
                moment.now,
                (SELECT (extract(epoch FROM q.visible_at - (SELECT now FROM moment)) * 1000000)::bigint
                    FROM posthorn_queue q
                    WHERE q.visible_at > :now
                        AND NOT ((SELECT count(*) FROM picked) = ? AND (SELECT count FROM allowed) > ?)
                    ORDER BY q.visible_at LIMIT 1),
                ahead_page.*, again_page.*, allowed.*, kinds.*,
                ARRAY (
                    SELECT subscription_id FROM placed WHERE place > most
                    UNION SELECT subscription_id FROM seen WHERE most <= 0
                ),
                (SELECT string_agg(uuid_send(delivery_id), '' ORDER BY visible_at, delivery_id) FROM picked),
                leases.*
            FROM moment
            CROSS JOIN (SELECT count(*), min(visible_at), max(visible_at) FROM ahead) ahead_page
            CROSS JOIN (SELECT count(*), min(visible_at), max(visible_at) FROM again) again_page
            CROSS JOIN allowed
            CROSS JOIN kinds
            CROSS JOIN (
                SELECT string_agg(uuid_send(delivery_id), ''), string_agg(uuid_send(subscription_id), ''),
                    string_agg(int8send(token), '')
                FROM taken
            ) leases
            """;

    private final Database database;
    private final LaneWalk walk;
    private final Supplier<String> claim;
    private final Lookout lookout = new Lookout();
    private final AtomicLong claims = new AtomicLong();

    TicketClaim(Database database) {
        this.database = database;
        claim = database.often(CLAIM);
        walk = new LaneWalk(database);
    }

    /** What a claim saw and took. */
    record Found(
            Instant now,
            Duration took,
            @Nullable Duration nextDue,
            Page ahead,
            Page again,
            long allowed,
            long mostOfOne,
            @Nullable Instant untaken,
            boolean hasRetries,
            Set<UUID> left,
            List<Lease> leases) {}

    /** Tickets in the order of their time. Its moments are {@code null} if there are none. */
    record Page(
            long size, @Nullable Instant first, @Nullable Instant last) {}

    Claimed claim(ClaimRequest request) {
        int page = Math.max(LEAST_LOOK_AHEAD, LOOK_AHEAD * request.limit());
        var look = lookout.next(request, page);
        var found = look(request, look);
        var leases = new ArrayList<>(found.leases);
        boolean isMoreElsewhere = lookout.saw(look, found, request);
        if (isMoreElsewhere && leases.size() < request.limit()) {
            // Mostly there is something behind what obstructs, and it need not wait for another claim.
            request = without(found.leases, request);
            look = lookout.next(request, page);
            found = look(request, look);
            leases.addAll(found.leases);
            lookout.saw(look, found, request);
        }
        var from = lookout.walk(found.now);
        if (from != null) {
            lookout.walked(from, walk.next(from), request);
        }
        return new Claimed(leases, lookout.nextDue(request, look, found));
    }

    /** What may still be claimed after these have been. */
    private static ClaimRequest without(List<Lease> taken, ClaimRequest request) {
        var allowances = new HashMap<>(request.allowances());
        for (var lease : taken) {
            var id = lease.subscriptionId();
            allowances.put(id, allowances.getOrDefault(id, request.perSubscription()) - 1);
        }
        return new ClaimRequest(request.limit() - taken.size(), request.lease(), request.perSubscription(), allowances);
    }

    private Found look(ClaimRequest request, Lookout.Look look) {
        return database.statement(connection -> look(connection, request, look));
    }

    private Found look(Connection connection, ClaimRequest request, Lookout.Look look) throws SQLException {
        var allowances = request.allowances().entrySet();
        var lanes = look.lanes().entrySet();
        long began = System.nanoTime();
        try (var statement = connection.prepareStatement(claim.get())) {
            new Parameters(statement)
                    .uuids(allowances, entry -> entry.getKey())
                    .numbers(allowances, entry -> entry.getValue().longValue())
                    .uuids(lanes, entry -> entry.getKey())
                    .numbers(lanes, entry -> entry.getValue().longValue())
                    .moment(look.wholeAt())
                    .moment(look.front())
                    .number(look.page())
                    .moment(look.swept())
                    .moment(look.front())
                    .number(look.sweepPage())
                    .number(request.perSubscription())
                    .number(look.mostOfOne())
                    .number(turn())
                    .number(request.limit())
                    .duration(request.lease())
                    .number(request.limit())
                    .number(request.limit());
            return found(statement, began);
        }
    }

    /** Multiples of the golden ratio: also every second, or tenth, of them take all turns equally often. */
    private long turn() {
        return (claims.incrementAndGet() * 0x9E3779B97F4A7C15L) >>> 62;
    }

    private static Found found(PreparedStatement statement, long began) throws SQLException {
        try (var result = statement.executeQuery()) {
            var row = new Row(result);
            row.next();
            return new Found(
                    row.moment(),
                    Duration.ofNanos(System.nanoTime() - began),
                    row.optionalDuration(),
                    new Page(row.number(), row.optionalMoment(), row.optionalMoment()),
                    new Page(row.number(), row.optionalMoment(), row.optionalMoment()),
                    row.number(),
                    row.number(),
                    row.optionalMoment(),
                    row.flag(),
                    new HashSet<>(row.uuids()),
                    leases(row.packedUuids(), row.packedUuids(), row.packedUuids(), row.packedNumbers()));
        }
    }

    /** What was picked is there in its order, and what was taken of it in whatever order. */
    private static List<Lease> leases(
            List<UUID> order, List<UUID> deliveryIds, List<UUID> subscriptionIds, List<Long> tokens) {
        var taken = new HashMap<UUID, Lease>();
        for (int i = 0; i < deliveryIds.size(); i++) {
            taken.put(deliveryIds.get(i), new Lease(deliveryIds.get(i), subscriptionIds.get(i), tokens.get(i)));
        }
        return order.stream().map(taken::remove).filter(Objects::nonNull).toList();
    }
}
