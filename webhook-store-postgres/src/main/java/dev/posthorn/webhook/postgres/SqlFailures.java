package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.spi.StoreException;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the driver's exceptions mean. */
final class SqlFailures {
    static final String DUPLICATE = "23505";

    /** A row that no partition takes. */
    private static final String NO_PARTITION = "23514";

    // Classes of SQLSTATE that speak of the data given (PostgreSQL manual, appendix A): 22 data exception, 23 integrity
    // violation, 54 limit exceeded. All else may pass: lost connections (08), conflicts and deadlocks (40), a full disk
    // or
    // pool (53), locks and timeouts (55, 57), a server that starts, ends or is read only (57, 25), even a missing table
    // or
    // privilege (42), which an operator can put right.
    private static final Set<String> LASTING = Set.of("22", "23", "54");

    /** A statement was cancelled, could not have its lock, or was the one to give way in a deadlock. */
    private static final Set<String> GIVEN_UP = Set.of("57014", "55P03", "40P01");

    private SqlFailures() {}

    /** Whether a statement that changes tables was ended because others were in its way. */
    static boolean isGivenUp(SQLException problem) {
        return GIVEN_UP.contains(problem.getSQLState());
    }

    /** Whether a row came to a day whose table is gone. */
    static boolean isMissingPartition(StoreException problem) {
        return is(NO_PARTITION, problem);
    }

    /** Whether a row with this key was there already. */
    static boolean isThereAlready(StoreException problem) {
        return is(DUPLICATE, problem);
    }

    private static boolean is(String state, StoreException problem) {
        return problem.getCause() instanceof SQLException cause && state.equals(cause.getSQLState());
    }

    static StoreException of(SQLException problem) {
        var state = problem.getSQLState();
        // A pool that finds no connection has the server's reason as its cause.
        var reason = problem.getCause() instanceof SQLException cause ? ": " + cause.getMessage() : "";
        var message = "PostgreSQL" + (state == null ? "" : " (" + state + ")") + ": " + problem.getMessage() + reason;
        return isLasting(state) ? StoreException.lasting(message, problem) : StoreException.passing(message, problem);
    }

    private static boolean isLasting(@Nullable String state) {
        // There are no checks on what is given, and a partition can be made.
        return state != null
                && !state.equals(NO_PARTITION)
                && state.length() == 5
                && LASTING.contains(state.substring(0, 2));
    }
}
