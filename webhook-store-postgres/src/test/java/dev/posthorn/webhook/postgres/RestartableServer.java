package dev.posthorn.webhook.postgres;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;

/** A server of the test's own, which makes commits durable, can be killed, and comes back with what was committed. */
final class RestartableServer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path data;
    private final int port;
    private EmbeddedPostgres server;

    private RestartableServer(Path data, int port) throws IOException {
        this.data = data;
        this.port = port;
        server = start();
    }

    static RestartableServer create() {
        try (var free = new ServerSocket(0)) {
            int port = free.getLocalPort();
            free.close();
            return new RestartableServer(Files.createTempDirectory("posthorn-postgres"), port);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private EmbeddedPostgres start() throws IOException {
        return EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setPort(port)
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("full_page_writes", "on")
                .setServerConfig("max_connections", "100")
                .setPGStartupWait(PATIENCE)
                .start();
    }

    String url() {
        return server.getJdbcUrl("postgres", "postgres");
    }

    /** {@code kill -9}, and nothing is served any more. */
    void kill() {
        try {
            long pid = Long.parseLong(
                    Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
            var handle = ProcessHandle.of(pid).orElseThrow();
            var children = handle.descendants().toList();
            handle.destroyForcibly();
            children.forEach(ProcessHandle::destroyForcibly);
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> !handle.isAlive() && children.stream().noneMatch(ProcessHandle::isAlive));
            // Gives up its lock on the directory; there is nothing left to stop.
            server.close();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    void restart() {
        try {
            server = start();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }
}
