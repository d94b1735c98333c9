package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.Bytes;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Rows that are given to a statement: an array for each column; or, where there is one row, its values. Arrays are taken
 * apart into a table for each column, which for a single row costs as much as all else that is done with it.
 */
final class GivenRows<R> {
    private final List<R> rows;

    GivenRows(List<R> rows) {
        this.rows = List.copyOf(rows);
    }

    /** What stands for them after {@code FROM}, with a parameter for each column. */
    String from(String... types) {
        return rows.size() == 1 ? values(types) : arrays(types);
    }

    /** What stands for one row. */
    static String values(String... types) {
        return Stream.of(types).map("?::%s"::formatted).collect(Collectors.joining(", ", "(VALUES (", "))"));
    }

    /** What stands for any number of rows. */
    static String arrays(String... types) {
        return Stream.of(types).map("?::%s[]"::formatted).collect(Collectors.joining(", ", "unnest(", ")"));
    }

    /** Sets the columns one after the other. */
    Columns<R> in(Parameters parameters) {
        return new Columns<>(rows, rows.size() == 1, parameters);
    }

    /** As arrays, however many there are. */
    static <R> Columns<R> asArrays(List<R> rows, Parameters parameters) {
        return new Columns<>(rows, false, parameters);
    }

    /** The columns' parameters. */
    record Columns<R>(List<R> rows, boolean areValues, Parameters parameters) {
        Columns<R> uuids(Function<R, @Nullable UUID> column) throws SQLException {
            if (areValues) {
                parameters.uuid(column.apply(rows.get(0)));
            } else {
                parameters.uuids(rows, column);
            }
            return this;
        }

        Columns<R> texts(Function<R, @Nullable String> column) throws SQLException {
            if (areValues) {
                parameters.text(column.apply(rows.get(0)));
            } else {
                parameters.texts(rows, column);
            }
            return this;
        }

        Columns<R> numbers(Function<R, @Nullable Long> column) throws SQLException {
            if (areValues) {
                parameters.optionalNumber(column.apply(rows.get(0)));
            } else {
                parameters.numbers(rows, column);
            }
            return this;
        }

        Columns<R> bytes(Function<R, Bytes> column) throws SQLException {
            if (areValues) {
                parameters.bytes(column.apply(rows.get(0)).toByteArray());
            } else {
                parameters.manyBytes(rows, column);
            }
            return this;
        }
    }
}
