package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.Bytes;
import java.nio.ByteBuffer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads the columns of a result one after the other. */
final class Row {
    private final ResultSet result;
    private int index;

    Row(ResultSet result) {
        this.result = result;
    }

    boolean next() throws SQLException {
        index = 0;
        return result.next();
    }

    UUID uuid() throws SQLException {
        return result.getObject(++index, UUID.class);
    }

    @Nullable
    UUID optionalUuid() throws SQLException {
        return result.getObject(++index, UUID.class);
    }

    String text() throws SQLException {
        return result.getString(++index);
    }

    @Nullable
    String optionalText() throws SQLException {
        return result.getString(++index);
    }

    long number() throws SQLException {
        return result.getLong(++index);
    }

    @Nullable
    Long optionalNumber() throws SQLException {
        long value = result.getLong(++index);
        return result.wasNull() ? null : value;
    }

    boolean flag() throws SQLException {
        return result.getBoolean(++index);
    }

    List<UUID> uuids() throws SQLException {
        var array = result.getArray(++index);
        return array == null ? List.of() : List.of((UUID[]) array.getArray());
    }

    /** Ids one after the other in one value, which is read faster than an array, for the driver gets that as text. */
    List<UUID> packedUuids() throws SQLException {
        var packed = result.getBytes(++index);
        if (packed == null) {
            return List.of();
        }
        var bytes = ByteBuffer.wrap(packed);
        var ids = new ArrayList<UUID>(packed.length / (2 * Long.BYTES));
        while (bytes.hasRemaining()) {
            ids.add(new UUID(bytes.getLong(), bytes.getLong()));
        }
        return ids;
    }

    List<Long> packedNumbers() throws SQLException {
        var packed = result.getBytes(++index);
        if (packed == null) {
            return List.of();
        }
        var bytes = ByteBuffer.wrap(packed);
        var numbers = new ArrayList<Long>(packed.length / Long.BYTES);
        while (bytes.hasRemaining()) {
            numbers.add(bytes.getLong());
        }
        return numbers;
    }

    Bytes bytes() throws SQLException {
        var value = result.getBytes(++index);
        return value == null ? Bytes.EMPTY : Bytes.wrap(value);
    }

    Instant moment() throws SQLException {
        return result.getObject(++index, OffsetDateTime.class).toInstant();
    }

    @Nullable
    Instant optionalMoment() throws SQLException {
        var value = result.getObject(++index, OffsetDateTime.class);
        return value == null ? null : value.toInstant();
    }

    /** A column of microseconds. */
    @Nullable
    Duration optionalDuration() throws SQLException {
        var micros = optionalNumber();
        return micros == null ? null : Duration.ofNanos(micros * 1_000);
    }
}
