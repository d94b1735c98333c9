package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.spi.StoreException;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the driver's exceptions mean. */
final class SqlFailures {
    static final String DUPLICATE = "23505";

    // Classes of SQLSTATE that speak of the data given: data exception, integrity violation, limit exceeded. All else
    // may
    // pass: lost connections, a full pool or disk, a server that starts or is read only, even a missing table, which an
    // operator can put right.
    private static final Set<String> LASTING = Set.of("22", "23", "54");

    private SqlFailures() {}

    static StoreException of(SQLException problem) {
        var state = problem.getSQLState();
        var message = "PostgreSQL" + (state == null ? "" : " (" + state + ")") + ": " + problem.getMessage();
        return isLasting(state) ? StoreException.lasting(message, problem) : StoreException.passing(message, problem);
    }

    private static boolean isLasting(@Nullable String state) {
        return state != null && state.length() == 5 && LASTING.contains(state.substring(0, 2));
    }
}
