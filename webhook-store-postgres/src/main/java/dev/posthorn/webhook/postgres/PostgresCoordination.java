package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.spi.Coordination;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;

/** Nodes and leads are rows with an end, by the database's clock. */
final class PostgresCoordination implements Coordination {
    private final Database database;

    PostgresCoordination(Database database) {
        this.database = database;
    }

    @Override
    public Heartbeat heartbeat(String nodeId, Duration timeToLive) {
        var sql = database.sql("""
                WITH moment AS MATERIALIZED (SELECT :now AS now),
                self AS (
                    INSERT INTO posthorn_node (id, lives_until)
                    SELECT ?, now + ? * interval '1 microsecond' FROM moment
                    ON CONFLICT (id) DO UPDATE SET lives_until = excluded.lives_until
                    RETURNING id
                ),
                dead AS (
                    DELETE FROM posthorn_node n USING moment WHERE n.lives_until <= now AND n.id <> ?
                )
                SELECT now, id FROM moment, self
                UNION
                SELECT now, n.id FROM moment, posthorn_node n WHERE n.lives_until > now
                """);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement).text(nodeId).duration(timeToLive).text(nodeId);
                try (var result = statement.executeQuery()) {
                    var row = new Row(result);
                    var nodes = new HashSet<String>();
                    var now = Instant.EPOCH;
                    while (row.next()) {
                        now = row.moment();
                        nodes.add(row.text());
                    }
                    return new Heartbeat(nodes, now);
                }
            }
        });
    }

    @Override
    public Map<String, Duration> living() {
        var sql = database.sql("""
                WITH moment AS MATERIALIZED (SELECT :now AS now)
                SELECT id, (extract(epoch FROM lives_until - now) * 1000)::bigint
                FROM moment, posthorn_node WHERE lives_until > now
                """);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql);
                    var result = statement.executeQuery()) {
                var living = new HashMap<String, Duration>();
                for (var row = new Row(result); row.next(); ) {
                    living.put(row.text(), Duration.ofMillis(row.number()));
                }
                return living;
            }
        });
    }

    @Override
    public Instant time() {
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(database.sql("SELECT :now"));
                    var result = statement.executeQuery()) {
                var row = new Row(result);
                row.next();
                return row.moment();
            }
        });
    }

    @Override
    public boolean tryLead(String nodeId, String duty, Duration timeToLive) {
        var sql = database.sql("""
                WITH moment AS MATERIALIZED (SELECT :now AS now)
                INSERT INTO posthorn_lead AS lead (duty, node_id, until)
                SELECT ?, ?, now + ? * interval '1 microsecond' FROM moment
                ON CONFLICT (duty) DO UPDATE SET node_id = excluded.node_id, until = excluded.until
                WHERE lead.node_id = excluded.node_id OR lead.until <= (SELECT now FROM moment)
                """);
        return database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement).text(duty).text(nodeId).duration(timeToLive);
                return statement.executeUpdate() == 1;
            }
        });
    }

    @Override
    public void leave(String nodeId) {
        var sql = database.sql("""
                WITH node AS (DELETE FROM posthorn_node WHERE id = ?)
                DELETE FROM posthorn_lead WHERE node_id = ?
                """);
        database.statement(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                new Parameters(statement).text(nodeId).text(nodeId);
                return statement.executeUpdate();
            }
        });
    }
}
