package dev.posthorn.webhook.postgres;

import java.nio.ByteBuffer;
import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collection;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.Oid;
import org.postgresql.jdbc.PgArray;
import org.postgresql.jdbc.PreferQueryMode;

/**
 * Arrays of ids as the server keeps them. The driver's own are texts, 37 characters for each id, which cost more to read than what is then
 * done with most of them.
 */
final class UuidArray {
    private static final int HEAD = 5 * Integer.BYTES;
    private static final int LENGTH = 2 * Long.BYTES;

    private UuidArray() {}

    /** For a parameter of this connection; {@code null} if it takes nothing but text. */
    static <R> @Nullable Array of(Connection connection, Collection<R> rows, Function<R, @Nullable UUID> column)
            throws SQLException {
        if (!connection.isWrapperFor(BaseConnection.class)) {
            return null;
        }
        var driver = connection.unwrap(BaseConnection.class);
        if (driver.getPreferQueryMode() == PreferQueryMode.SIMPLE) {
            return null;
        }
        return new PgArray(driver, Oid.UUID_ARRAY, bytes(rows, column));
    }

    /** One dimension, whether there are nulls, the elements' type, how many, from 1 on; then each with its length. */
    private static <R> byte[] bytes(Collection<R> rows, Function<R, @Nullable UUID> column) {
        var bytes = ByteBuffer.allocate(HEAD + rows.size() * (Integer.BYTES + LENGTH));
        bytes.putInt(1).putInt(1).putInt(Oid.UUID).putInt(rows.size()).putInt(1);
        for (var row : rows) {
            var value = column.apply(row);
            if (value == null) {
                bytes.putInt(-1);
            } else {
                bytes.putInt(LENGTH).putLong(value.getMostSignificantBits()).putLong(value.getLeastSignificantBits());
            }
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }
}
