package dev.posthorn.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.posthorn.webhook.tck.RecordingReceiver;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The server on PostgreSQL. */
@Timeout(180)
class DatabaseTest {
    @Test
    void whatWasAcceptedSurvivesAKilledServerAndIsDeliveredByTheNext() throws Exception {
        int port = freePort();
        try (var postgres = EmbeddedPostgres.builder()
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .start()) {
            var environment = new HashMap<>(Map.of(
                    "API_PORT", "0",
                    "ALLOWED_NETWORKS", "127.0.0.0/8",
                    "RETRY_SCHEDULE", "4s,4s,4s,4s,4s,4s,4s,4s,4s,4s",
                    "DATABASE_URL", "postgresql://postgres@127.0.0.1:" + postgres.getPort() + "/postgres",
                    "ENCRYPTION_KEYS", "main:" + "A".repeat(43) + "="));
            String delivery;
            try (var server = ServerProcess.start(environment)) {
                var api = server.awaitReady();
                // Nobody listens there yet.
                var subscription = api.subscribe("http://127.0.0.1:" + port + "/hook");
                delivery = api.ingest(subscription, new byte[] {1}, "X-Event-Type", "order.created")
                        .text("delivery_task_id");
                // Killed between attempts, or its lease would have to run out first.
                var id = delivery;
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> api.get("/delivery/" + id)
                                        .json()
                                        .get("attempt_count")
                                        .intValue()
                                == 1);
            }
            try (var receiver = RecordingReceiver.start(port);
                    var server = ServerProcess.start(environment)) {
                var api = server.awaitReady();

                receiver.await(all -> !all.isEmpty(), "a request", Duration.ofSeconds(100));
                await().atMost(Duration.ofSeconds(20))
                        .until(() ->
                                api.get("/delivery/" + delivery).text("status").equals("SUCCEEDED"));
                assertThat(receiver.requests()).hasSize(1);
            }
        }
    }

    @Test
    void aDatabaseWithoutAWordOnSecretsIsRefused() throws Exception {
        try (var server =
                ServerProcess.start(Map.of("DATABASE_URL", "postgresql://me:hidden@127.0.0.1/db", "API_PORT", "0"))) {
            assertThat(server.awaitEnd())
                    .contains("ENCRYPTION_KEYS: must be set")
                    .doesNotContain("hidden");
            assertThat(server.exitCode()).isNotZero();
        }
    }

    @Test
    void urlsOfDatabasesAreReadAsTheyAreHandedOut() {
        assertThat(DatabaseUrl.parse("postgresql://me:p%40ss+word@db.example:6432/shop?sslmode=require"))
                .isEqualTo(
                        new DatabaseUrl("jdbc:postgresql://db.example:6432/shop?sslmode=require", "me", "p@ss+word"));
        assertThat(DatabaseUrl.parse("postgres://db.example/shop"))
                .isEqualTo(new DatabaseUrl("jdbc:postgresql://db.example/shop", null, null));
        for (var text :
                List.of("db.example/shop", "mysql://db.example/shop", "postgresql://db.example", "postgresql://")) {
            assertThat(DatabaseUrl.parse(text)).as(text).isNull();
        }
    }

    private static int freePort() throws Exception {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
