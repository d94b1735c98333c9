package dev.posthorn.webhook.postgres;

import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Schemas of stores that come and go. One that is given back is emptied and given out again: making the tables of a store, and of
 * its days, takes longer than most of what is tested on them.
 */
final class UsedSchemas {
    private static final String EMPTY = """
            DELETE FROM %1$s.posthorn_queue WHERE visible_at > 'epoch';
            DELETE FROM %1$s.posthorn_event;
            DELETE FROM %1$s.posthorn_delivery;
            DELETE FROM %1$s.posthorn_attempt;
            DELETE FROM %1$s.posthorn_idempotency_key;
            DELETE FROM %1$s.posthorn_subscription;
            DELETE FROM %1$s.posthorn_chore;
            DELETE FROM %1$s.posthorn_failing;
            DELETE FROM %1$s.posthorn_node;
            DELETE FROM %1$s.posthorn_lead;
            UPDATE %1$s.posthorn_history SET position = 0;
            UPDATE %1$s.posthorn_retention SET kept = NULL;
            """;

    private static final Deque<String> FREE = new ArrayDeque<>();

    private UsedSchemas() {}

    static synchronized String take() {
        return FREE.isEmpty() ? TestDatabase.newSchema() : FREE.pop();
    }

    static synchronized void giveBack(String schema) throws SQLException {
        try (var connection = TestDatabase.autoCommitting().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(EMPTY.formatted(schema));
        }
        FREE.push(schema);
    }
}
