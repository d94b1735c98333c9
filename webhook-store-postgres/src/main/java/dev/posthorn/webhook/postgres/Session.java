package dev.posthorn.webhook.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Settings of a connection, for a while: afterwards they are as they were, for the pool may have set them. */
final class Session {
    private Session() {}

    static <T> T with(Connection connection, Map<String, String> settings, Database.Work<T> work) throws SQLException {
        var before = new ArrayList<Map.Entry<String, String>>();
        try {
            for (var setting : settings.entrySet()) {
                before.add(Map.entry(setting.getKey(), set(connection, setting)));
            }
            return work.on(connection);
        } finally {
            restore(connection, before);
        }
    }

    private static void restore(Connection connection, List<Map.Entry<String, String>> before) throws SQLException {
        if (!connection.isClosed()) {
            for (var setting : before) {
                set(connection, setting);
            }
        }
    }

    /** Tells what it was. */
    private static String set(Connection connection, Map.Entry<String, String> setting) throws SQLException {
        try (var statement = connection.prepareStatement("SELECT current_setting(?), set_config(?, ?, false)")) {
            new Parameters(statement)
                    .text(setting.getKey())
                    .text(setting.getKey())
                    .text(setting.getValue());
            try (var result = statement.executeQuery()) {
                var row = new Row(result);
                row.next();
                return row.text();
            }
        }
    }
}
