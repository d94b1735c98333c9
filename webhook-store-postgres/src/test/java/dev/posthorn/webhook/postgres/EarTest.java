package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A connection that listens, over a network that dies. */
@Timeout(20)
class EarTest {
    @Test
    void overADeadNetworkItIsGivenUpAndNotWaitedForForEver() throws Exception {
        try (var network = new Network(URI.create(TestDatabase.url().substring("jdbc:".length())));
                var connection = DriverManager.getConnection(network.url())) {
            var ear = Ear.open(connection, "posthorn_ear_test", 200);
            network.die();

            assertThatExceptionOfType(SQLException.class).isThrownBy(ear::close);

            assertThat(connection.isClosed()).isTrue();
        }
    }

    @Test
    void otherwiseTheConnectionIsAsItWas() throws Exception {
        try (var connection = DriverManager.getConnection(TestDatabase.url())) {
            connection.setNetworkTimeout(Runnable::run, 12_345);
            var ear = Ear.open(connection, "posthorn_ear_test", 5_000);
            assertThat(connection.getNetworkTimeout()).isEqualTo(12_345);
            ear.listen();

            assertThat(ear.hears(1)).isFalse();
            assertThat(connection.getNetworkTimeout()).isEqualTo(12_345);
        }
    }

    /** Takes one connection to the server, until nothing gets through any more. */
    private static final class Network implements AutoCloseable {
        private final URI server;
        private final ServerSocket door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final Socket far;
        private Socket near = new Socket();
        private volatile boolean isDead;

        Network(URI server) throws IOException {
            this.server = server;
            far = new Socket(server.getHost(), server.getPort());
            start(this::accept);
        }

        String url() {
            return "jdbc:postgresql://127.0.0.1:%d%s?%s&sslmode=disable&gssEncMode=disable"
                    .formatted(door.getLocalPort(), server.getPath(), server.getQuery());
        }

        void die() {
            isDead = true;
        }

        private void accept() throws IOException {
            near = door.accept();
            start(() -> carry(far.getInputStream(), near.getOutputStream()));
            carry(near.getInputStream(), far.getOutputStream());
        }

        private void carry(InputStream from, OutputStream to) throws IOException {
            for (int b = from.read(); b >= 0; b = from.read()) {
                if (!isDead) {
                    to.write(b);
                }
            }
        }

        private interface Work {
            void run() throws IOException;
        }

        private static void start(Work work) {
            var thread = new Thread(() -> {
                try {
                    work.run();
                } catch (IOException closed) {
                    // The test is over.
                }
            });
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void close() throws IOException {
            door.close();
            far.close();
            near.close();
        }
    }
}
