package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.spi.EndpointReport;
import dev.posthorn.webhook.spi.FailingMark;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What is known of endpoints that do nothing but fail. There are rows only for these, so the table is small. */
final class FailingMarks {
    private final Database database;

    FailingMarks(Database database) {
        this.database = database;
    }

    /** One statement. Rows are locked in the order of their ids before any is changed, so that nodes do not wait in a circle. */
    void report(List<EndpointReport> reports) {
        if (reports.isEmpty()) {
            return;
        }
        var sql = database.sql("""
                WITH moment AS MATERIALIZED (SELECT :now AS now),
                report AS MATERIALIZED (
                    SELECT r.subscription_id, r.version, r.failures, now - r.first_ago * interval '1 microsecond' AS first_at,
                        now - r.last_ago * interval '1 microsecond' AS last_at
                    FROM unnest(?::uuid[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[])
                        AS r (subscription_id, version, failures, first_ago, last_ago)
                    JOIN posthorn_subscription s
                        ON s.id = r.subscription_id AND s.version = r.version AND NOT s.is_deleted
                    CROSS JOIN moment
                ),
                marked AS MATERIALIZED (
                    SELECT subscription_id FROM posthorn_failing
                    WHERE subscription_id = ANY (ARRAY (SELECT subscription_id FROM report))
                    ORDER BY subscription_id FOR UPDATE
                ),
                cleared AS (
                    DELETE FROM posthorn_failing f USING marked, report r
                    WHERE f.subscription_id = marked.subscription_id AND r.subscription_id = marked.subscription_id
                        AND r.failures = 0
                )
                INSERT INTO posthorn_failing AS f (subscription_id, version, first_at, last_at, failures)
                SELECT r.subscription_id, r.version, r.first_at, r.last_at, r.failures FROM report r
                WHERE r.failures > 0 AND (SELECT count(*) FROM marked) >= 0
                ORDER BY r.subscription_id
                ON CONFLICT (subscription_id) DO UPDATE SET
                    version = excluded.version,
                    first_at = CASE WHEN f.version = excluded.version THEN least(f.first_at, excluded.first_at)
                        ELSE excluded.first_at END,
                    last_at = CASE WHEN f.version = excluded.version THEN greatest(f.last_at, excluded.last_at)
                        ELSE excluded.last_at END,
                    failures = CASE WHEN f.version = excluded.version THEN f.failures + excluded.failures
                        ELSE excluded.failures END
                WHERE f.version <= excluded.version
                """);
        database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement)
                        .uuids(reports, EndpointReport::subscriptionId)
                        .numbers(reports, EndpointReport::version)
                        .numbers(reports, report -> (long) report.failures())
                        .numbers(reports, report -> Parameters.micros(report.firstAgo()))
                        .numbers(reports, report -> Parameters.micros(report.lastAgo()));
                return statement.executeUpdate();
            }
        });
    }

    List<FailingMark> failing(Duration atLeast, int failures, int limit) {
        var sql = database.sql("""
                SELECT f.subscription_id, f.version, f.first_at, f.failures FROM posthorn_failing f
                JOIN posthorn_subscription s
                    ON s.id = f.subscription_id AND s.version = f.version AND s.status = 'ACTIVE' AND NOT s.is_deleted
                WHERE f.last_at - f.first_at >= ? * interval '1 microsecond' AND f.failures >= ?
                ORDER BY f.first_at, f.subscription_id LIMIT ?
                """);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement).duration(atLeast).number(failures).number(limit);
                return marks(statement);
            }
        });
    }

    Optional<FailingMark> failing(UUID subscriptionId) {
        var sql = database.sql("""
                SELECT f.subscription_id, f.version, f.first_at, f.failures FROM posthorn_failing f
                JOIN posthorn_subscription s ON s.id = f.subscription_id AND s.version = f.version AND NOT s.is_deleted
                WHERE f.subscription_id = ?
                """);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement).uuid(subscriptionId);
                return marks(statement).stream().findFirst();
            }
        });
    }

    private static List<FailingMark> marks(PreparedStatement statement) throws SQLException {
        try (var result = statement.executeQuery()) {
            var marks = new ArrayList<FailingMark>();
            for (var row = new Row(result); row.next(); ) {
                marks.add(new FailingMark(row.uuid(), row.number(), row.moment(), row.number()));
            }
            return marks;
        }
    }
}
