package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.jdbc.PreferQueryMode;

/** Arrays of ids arrive as they were, also on a connection that takes nothing but text. */
class UuidArrayTest {
    private static final UUID LOW = new UUID(0, 1);
    private static final UUID HIGH = UUID.fromString("ffffffff-ffff-ffff-ffff-fffffffffffe");

    @ParameterizedTest
    @EnumSource(
            value = PreferQueryMode.class,
            names = {"SIMPLE", "EXTENDED"})
    void whatIsGivenArrives(PreferQueryMode mode) throws SQLException {
        try (var connection = connect(mode)) {
            assertThat(UuidArray.of(connection, List.of(LOW), id -> id) == null)
                    .isEqualTo(mode == PreferQueryMode.SIMPLE);
            for (var ids :
                    List.of(List.<UUID>of(), List.of(HIGH), List.of(HIGH, LOW), Arrays.asList(LOW, null, HIGH))) {
                // Often enough for the driver to prepare it on the server.
                for (int i = 0; i < 7; i++) {
                    assertThat(echo(connection, ids)).isEqualTo(ids);
                }
            }
        }
    }

    private static Connection connect(PreferQueryMode mode) throws SQLException {
        var properties = new Properties();
        properties.setProperty("preferQueryMode", mode.value());
        return DriverManager.getConnection(TestDatabase.url(), properties);
    }

    private static List<UUID> echo(Connection connection, List<UUID> ids) throws SQLException {
        try (var statement = connection.prepareStatement("SELECT ?::uuid[]")) {
            new Parameters(statement).uuids(ids);
            try (var result = statement.executeQuery()) {
                result.next();
                return Arrays.asList((UUID[]) result.getArray(1).getArray());
            }
        }
    }
}
