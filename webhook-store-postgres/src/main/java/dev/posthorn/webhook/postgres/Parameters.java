package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.Bytes;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Sets a statement's parameters one after the other. */
final class Parameters {
    private static final int UUID_LENGTH = 36;

    private final PreparedStatement statement;
    private int index;

    Parameters(PreparedStatement statement) {
        this.statement = statement;
    }

    Parameters uuid(@Nullable UUID value) throws SQLException {
        statement.setObject(++index, value, Types.OTHER);
        return this;
    }

    Parameters text(@Nullable String value) throws SQLException {
        statement.setString(++index, value);
        return this;
    }

    Parameters number(long value) throws SQLException {
        statement.setLong(++index, value);
        return this;
    }

    Parameters optionalNumber(@Nullable Long value) throws SQLException {
        statement.setObject(++index, value, Types.BIGINT);
        return this;
    }

    Parameters flag(boolean value) throws SQLException {
        statement.setBoolean(++index, value);
        return this;
    }

    Parameters bytes(byte @Nullable [] value) throws SQLException {
        statement.setBytes(++index, value);
        return this;
    }

    Parameters moment(@Nullable Instant value) throws SQLException {
        statement.setObject(++index, value == null ? null : value.atOffset(ZoneOffset.UTC));
        return this;
    }

    Parameters duration(Duration value) throws SQLException {
        return number(micros(value));
    }

    <R> Parameters uuids(Collection<R> rows, Function<R, @Nullable UUID> column) throws SQLException {
        var array = UuidArray.of(statement.getConnection(), rows, column);
        if (array == null) {
            statement.setObject(++index, textOf(rows, column), Types.OTHER);
        } else {
            statement.setArray(++index, array);
        }
        return this;
    }

    /** The text of an array of ids. */
    static <R> String textOf(Collection<R> rows, Function<R, @Nullable UUID> column) {
        var text = new StringBuilder(2 + rows.size() * (UUID_LENGTH + 1)).append('{');
        for (var row : rows) {
            if (text.length() > 1) {
                text.append(',');
            }
            var value = column.apply(row);
            text.append(value == null ? "NULL" : value.toString());
        }
        return text.append('}').toString();
    }

    Parameters uuids(Collection<UUID> values) throws SQLException {
        return uuids(values, value -> value);
    }

    <R> Parameters texts(Collection<R> rows, Function<R, @Nullable String> column) throws SQLException {
        return array("text", rows.stream().map(column).toArray(String[]::new));
    }

    <R> Parameters numbers(Collection<R> rows, Function<R, @Nullable Long> column) throws SQLException {
        return array("int8", rows.stream().map(column).toArray(Long[]::new));
    }

    <R> Parameters flags(Collection<R> rows, Function<R, Boolean> column) throws SQLException {
        return array("bool", rows.stream().map(column).toArray(Boolean[]::new));
    }

    <R> Parameters manyBytes(Collection<R> rows, Function<R, Bytes> column) throws SQLException {
        return array("bytea", rows.stream().map(column).map(Bytes::toByteArray).toArray(byte[][]::new));
    }

    /** The least and the greatest, between which all of them are: without this every partition would be probed. */
    Parameters range(Collection<UUID> ids) throws SQLException {
        var sorted = sorted(ids);
        uuid(sorted.isEmpty() ? null : sorted.get(0));
        return uuid(sorted.isEmpty() ? null : sorted.get(sorted.size() - 1));
    }

    private Parameters array(String type, @Nullable Object[] values) throws SQLException {
        statement.setArray(++index, statement.getConnection().createArrayOf(type, values));
        return this;
    }

    /** Ids in the order that the database locks their rows in. */
    static List<UUID> sorted(Collection<UUID> ids) {
        return ids.stream().sorted(UuidOrder.INSTANCE).toList();
    }

    /** Durations cross to the database as microseconds, which is what its timestamps count. */
    static long micros(Duration duration) {
        return duration.toSeconds() * 1_000_000 + duration.toNanosPart() / 1_000;
    }

    /** A moment in microseconds since 1970. */
    static long micros(Instant moment) {
        return moment.getEpochSecond() * 1_000_000 + moment.getNano() / 1_000;
    }
}
