package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.tck.Answer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens to a whole server: it goes away and comes back, lets nobody in, runs out of disk. */
@Timeout(180)
class ServerFaultsTest {
    private static RestartableServer server;

    @BeforeAll
    static void start() {
        server = RestartableServer.create();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aServerThatIsStoppedAndStartedIsFoundAgain() {
        try (var scene = FaultScene.create(server.url(), Map.of())) {
            scene.publish();
            scene.receiver.await(1);
            server.close();
            scene.assertPublishFailsForNow("PostgreSQL");
            scene.awaitTrouble("PostgreSQL");
            server.restart();

            Awaitility.await().until(() -> {
                int before = scene.accepted();
                scene.tryToPublish();
                return scene.accepted() > before;
            });
            scene.awaitRecovery();
        }
    }

    @Test
    void aServerThatLetsNobodyInIsTriedUntilItDoes() throws SQLException {
        try (var scene = FaultScene.create(server.url(), Map.of())) {
            scene.publish();
            scene.receiver.await(1);
            var others = new ArrayList<Connection>();
            try {
                // All there are, those that the node has too.
                scene.killConnections();
                Awaitility.await().until(() -> isFull(others));
                scene.assertPublishFailsForNow("");
                scene.awaitTrouble("too many clients");
            } finally {
                for (var connection : others) {
                    connection.close();
                }
            }

            Awaitility.await().until(() -> {
                int before = scene.accepted();
                scene.tryToPublish();
                return scene.accepted() > before;
            });
            scene.awaitRecovery();
        }
    }

    /** Takes whatever connection there is; whether every one is taken, and the node has none. */
    private static boolean isFull(List<Connection> taken) throws SQLException {
        try {
            while (true) {
                taken.add(DriverManager.getConnection(server.url()));
            }
        } catch (SQLException full) {
            assertThat(full.getSQLState()).isEqualTo("53300");
        }
        var sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'faults_%'";
        try (var statement = taken.get(0).createStatement();
                var result = statement.executeQuery(sql)) {
            return !result.next();
        }
    }

    /** Needs a small disk, which only a system administrator can make; a refusal of the same kind is tried everywhere. */
    @Test
    void aDiskThatIsFullIsToldAndNothingIsLost() throws Exception {
        var disk = Files.createTempDirectory("posthorn-disk");
        boolean isMounted = run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk.toString());
        Assumptions.assumeTrue(isMounted, "no small disk can be mounted here");
        try {
            Files.createDirectory(disk.resolve("space"));
            try (var connection = DriverManager.getConnection(server.url());
                    var statement = connection.createStatement()) {
                statement.execute("CREATE TABLESPACE small LOCATION '" + disk.resolve("space") + "'");
                statement.execute("ALTER DATABASE postgres SET default_tablespace = small");
            }
            try (var scene = FaultScene.create(server.url(), Map.of())) {
                var gate = new CountDownLatch(1);
                var answer = Answer.status(200).body(Bytes.wrap(random(4_000))).heldBy(gate);
                scene.receiver.on("/hook").next(Collections.nCopies(20, answer).toArray(Answer[]::new));
                for (int i = 0; i < 20; i++) {
                    scene.publish();
                }
                scene.receiver.await(20);
                fill(disk.resolve("ballast"));
                publishUntilFull(scene);
                gate.countDown();
                scene.awaitTrouble("53100");
                Files.delete(disk.resolve("ballast"));

                scene.publish();
                scene.awaitRecovery();
                scene.execute("DROP SCHEMA %s CASCADE");
            }
            try (var connection = DriverManager.getConnection(server.url());
                    var statement = connection.createStatement()) {
                statement.execute("ALTER DATABASE postgres RESET default_tablespace");
                statement.execute("CHECKPOINT");
                statement.execute("DROP TABLESPACE small");
            }
        } finally {
            run("umount", "-l", disk.toString());
            Files.delete(disk);
        }
    }

    /** With ever smaller events, so that what is left of the disk is less than the answers take. */
    private static void publishUntilFull(FaultScene scene) {
        for (int size : List.of(100_000, 10_000)) {
            boolean isFull = false;
            while (!isFull) {
                int before = scene.accepted();
                scene.tryToPublish(event(size));
                isFull = scene.accepted() == before;
            }
        }
        scene.assertPublishFailsForNow(event(100_000), "53100");
    }

    private static WebhookEvent event(int size) {
        return WebhookEvent.of("order.created", "application/octet-stream", Bytes.wrap(random(size)));
    }

    /** What cannot be compressed. */
    private static byte[] random(int length) {
        var bytes = new byte[length];
        ThreadLocalRandom.current().nextBytes(bytes);
        return bytes;
    }

    /** Writes until nothing more goes on the disk. */
    private static void fill(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            for (var zeros = new byte[64 * 1024]; ; ) {
                out.write(zeros);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    private static boolean run(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException missing) {
            return false;
        }
    }
}
