package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Claimed;
import dev.posthorn.webhook.spi.Lease;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How tickets are claimed: first among the longest due, however many of them belong to one subscription. Only where those
 * that may not be taken fill this view does it go from subscription to subscription, which costs by the number of these.
 */
final class TicketClaim {
    /** How many due tickets a claim looks at, for each it may take, before it looks line by line. */
    private static final int LOOK_AHEAD = 4;

    private static final int LEAST_LOOK_AHEAD = 500;

    private static final String TAKE = """
            taken AS (
                UPDATE posthorn_queue q
                SET visible_at = now + ? * interval '1 microsecond', token = nextval('posthorn_token')
                FROM picked, moment
                WHERE q.delivery_id = picked.delivery_id
                RETURNING q.delivery_id, q.subscription_id, q.token, picked.visible_at AS due_at
            )
            SELECT
                (SELECT count(*) FROM seen),
                (SELECT (extract(epoch FROM q.visible_at - now) * 1000000)::bigint FROM posthorn_queue q
                    WHERE q.visible_at > :now ORDER BY q.visible_at LIMIT 1),
                taken.delivery_id, taken.subscription_id, taken.token
            FROM moment LEFT JOIN taken ON true
            ORDER BY taken.due_at
            """;

    private static final String ALLOWANCES = """
            WITH moment AS MATERIALIZED (SELECT :now AS now),
            allowance AS MATERIALIZED (
                SELECT * FROM unnest(?::uuid[], ?::bigint[]) AS a (subscription_id, most)
            ),
            """;

    private static final String AMONG_THE_LONGEST_DUE = ALLOWANCES + """
            seen AS MATERIALIZED (
                SELECT delivery_id, subscription_id, visible_at FROM posthorn_queue
                WHERE visible_at <= :now ORDER BY visible_at LIMIT ?
            ),
            numbered AS MATERIALIZED (
                SELECT seen.delivery_id, coalesce(a.most, ?) AS most,
                    row_number() OVER (PARTITION BY seen.subscription_id ORDER BY seen.visible_at) AS nth
                FROM seen LEFT JOIN allowance a ON a.subscription_id = seen.subscription_id
            ),
            picked AS MATERIALIZED (
                SELECT delivery_id, visible_at FROM posthorn_queue
                WHERE delivery_id = ANY (ARRAY (SELECT delivery_id FROM numbered WHERE nth <= most))
                    AND visible_at <= :now
                ORDER BY visible_at LIMIT ? FOR NO KEY UPDATE SKIP LOCKED
            ),
            """ + TAKE;

    // A loose index scan: from each subscription that has tickets to the next.
    private static final String LINE_BY_LINE = ALLOWANCES.replace("WITH moment", "WITH RECURSIVE moment") + """
            line AS (
                (SELECT subscription_id FROM posthorn_queue ORDER BY subscription_id LIMIT 1)
                UNION ALL
                SELECT (SELECT q.subscription_id FROM posthorn_queue q
                    WHERE q.subscription_id > line.subscription_id ORDER BY q.subscription_id LIMIT 1)
                FROM line WHERE line.subscription_id IS NOT NULL
            ),
            seen AS MATERIALIZED (
                SELECT first.delivery_id, first.visible_at
                FROM line LEFT JOIN allowance a ON a.subscription_id = line.subscription_id
                CROSS JOIN LATERAL (
                    SELECT q.delivery_id, q.visible_at FROM posthorn_queue q
                    WHERE q.subscription_id = line.subscription_id AND q.visible_at <= :now
                    ORDER BY q.visible_at LIMIT least(coalesce(a.most, ?), ?)
                ) first
                WHERE line.subscription_id IS NOT NULL
                ORDER BY first.visible_at LIMIT ?
            ),
            picked AS MATERIALIZED (
                SELECT delivery_id, visible_at FROM posthorn_queue
                WHERE delivery_id = ANY (ARRAY (SELECT delivery_id FROM seen)) AND visible_at <= :now
                ORDER BY visible_at LIMIT ? FOR NO KEY UPDATE SKIP LOCKED
            ),
            """ + TAKE;

    private final Database database;

    TicketClaim(Database database) {
        this.database = database;
    }

    private record Found(
            List<Lease> leases, int seen, @Nullable Duration nextDue) {}

    Claimed claim(ClaimRequest request) {
        int lookAhead = Math.max(LEAST_LOOK_AHEAD, LOOK_AHEAD * request.limit());
        var found = database.statement(connection -> amongTheLongestDue(connection, request, lookAhead));
        var leases = found.leases;
        if (found.seen >= lookAhead && leases.size() < request.limit()) {
            var rest = without(leases, request);
            found = database.statement(connection -> lineByLine(connection, rest));
            leases.addAll(found.leases);
        }
        return new Claimed(leases, nextDue(request, leases, found.nextDue));
    }

    private static @Nullable Duration nextDue(ClaimRequest request, List<Lease> leases, @Nullable Duration others) {
        if (leases.size() == request.limit()) {
            return Duration.ZERO;
        }
        // What was just leased comes back when the lease ends.
        boolean isAfterLease = others == null || others.compareTo(request.lease()) > 0;
        return isAfterLease && !leases.isEmpty() ? request.lease() : others;
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

    private Found amongTheLongestDue(Connection connection, ClaimRequest request, int lookAhead) throws SQLException {
        try (var statement = connection.prepareStatement(database.sql(AMONG_THE_LONGEST_DUE))) {
            allowances(statement, request)
                    .number(lookAhead)
                    .number(request.perSubscription())
                    .number(request.limit())
                    .duration(request.lease());
            return found(statement);
        }
    }

    private Found lineByLine(Connection connection, ClaimRequest request) throws SQLException {
        try (var statement = connection.prepareStatement(database.sql(LINE_BY_LINE))) {
            allowances(statement, request)
                    .number(request.perSubscription())
                    .number(request.limit())
                    .number(request.limit())
                    .number(request.limit())
                    .duration(request.lease());
            return found(statement);
        }
    }

    private static Parameters allowances(PreparedStatement statement, ClaimRequest request) throws SQLException {
        var allowances = request.allowances().entrySet();
        return new Parameters(statement)
                .uuids(allowances, entry -> entry.getKey())
                .numbers(allowances, entry -> entry.getValue().longValue());
    }

    private static Found found(PreparedStatement statement) throws SQLException {
        try (var result = statement.executeQuery()) {
            var leases = new ArrayList<Lease>();
            int seen = 0;
            Duration nextDue = null;
            for (var row = new Row(result); row.next(); ) {
                seen = (int) row.number();
                nextDue = row.optionalDuration();
                var deliveryId = row.optionalUuid();
                if (deliveryId != null) {
                    leases.add(new Lease(deliveryId, row.uuid(), row.number()));
                }
            }
            return new Found(leases, seen, nextDue);
        }
    }
}
