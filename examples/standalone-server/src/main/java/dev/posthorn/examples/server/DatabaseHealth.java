package dev.posthorn.examples.server;

import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.spring.web.HealthPart;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Whether the database answers. */
final class DatabaseHealth implements HealthPart {
    private static final int PATIENCE_SECONDS = 2;

    private final DataSource dataSource;

    DatabaseHealth(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    @Override
    public String name() {
        return "database";
    }

    @Override
    public Health.Part check() {
        try (var connection = dataSource.getConnection()) {
            return connection.isValid(PATIENCE_SECONDS)
                    ? new Health.Part(name(), Health.Status.UP, "answers")
                    : new Health.Part(name(), Health.Status.DOWN, "does not answer");
        } catch (SQLException e) {
            // Without its message, which may tell more than a caller is to know.
            return new Health.Part(name(), Health.Status.DOWN, "cannot be reached");
        }
    }
}
