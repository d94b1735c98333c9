package dev.posthorn.webhook.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The tables, in numbered steps, each applied once. */
final class Schema {
    private static final int VERSION = 5;

    private final Database database;

    Schema(Database database) {
        this.database = database;
    }

    /** The steps as one can run them by other means, in their order. */
    List<String> steps() {
        var steps = new ArrayList<String>();
        for (int version = 1; version <= VERSION; version++) {
            steps.add(database.sql(step(version)));
        }
        return steps;
    }

    private static String step(int version) {
        try (var in = Objects.requireNonNull(Schema.class.getResourceAsStream("V" + version + ".sql"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /** Applies what is missing. Of nodes that start together one does it, and the others wait for that. */
    void migrate() {
        database.transaction(connection -> {
            execute(connection, "SELECT pg_advisory_xact_lock(hashtext('posthorn_schema_version'))");
            var schema = database.names().schema();
            if (schema != null) {
                try (var statement = connection.createStatement()) {
                    // As it is: its name may begin like those of tables do.
                    statement.execute("CREATE SCHEMA IF NOT EXISTS " + schema);
                }
            }
            execute(connection, """
                    CREATE TABLE IF NOT EXISTS posthorn_schema_version (
                        version integer PRIMARY KEY,
                        applied_at timestamptz NOT NULL DEFAULT now()
                    )
                    """);
            for (int version = version(connection) + 1; version <= VERSION; version++) {
                execute(connection, step(version));
                execute(connection, "INSERT INTO posthorn_schema_version (version) VALUES (" + version + ")");
            }
            return true;
        });
    }

    /** Refuses tables of another version. */
    void check() {
        int found = database.statement(this::version);
        if (found != VERSION) {
            throw new IllegalStateException(
                    "the database has version " + found + " of Posthorn's tables, and this is made for " + VERSION);
        }
    }

    private int version(Connection connection) throws SQLException {
        var sql = database.sql("SELECT coalesce(max(version), 0) FROM posthorn_schema_version");
        try (var statement = connection.prepareStatement(sql);
                var result = statement.executeQuery()) {
            var row = new Row(result);
            row.next();
            return (int) row.number();
        }
    }

    private void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(database.sql(sql));
        }
    }
}
