package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.InvalidInputException;
import java.util.ArrayList;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What tables are called.
 *
 * @param schema where they are; {@code null} for wherever the connection's search path leads
 * @param tablePrefix what their names begin with
 */
record Names(@Nullable String schema, String tablePrefix) {
    // They become part of statements, so nothing that needs quoting. Names of partitions have 20 characters behind it.
    private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]{0,39}");

    Names {
        var faults = new ArrayList<InvalidInputException.Fault>();
        if (schema != null && !NAME.matcher(schema).matches()) {
            faults.add(fault("schema"));
        }
        if (!NAME.matcher(tablePrefix).matches()) {
            faults.add(fault("tablePrefix"));
        }
        if (!faults.isEmpty()) {
            throw new InvalidInputException(faults);
        }
    }

    private static InvalidInputException.Fault fault(String field) {
        return new InvalidInputException.Fault(
                field, "must be 1 to 40 characters of a-z 0-9 _ that do not begin with a digit");
    }

    /** What stands before a table's own name in a statement. */
    String prefix() {
        return schema == null ? tablePrefix : schema + "." + tablePrefix;
    }
}
