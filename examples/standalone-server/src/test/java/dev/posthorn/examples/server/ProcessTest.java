package dev.posthorn.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.posthorn.webhook.tck.Answer;
import dev.posthorn.webhook.tck.RecordingReceiver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** How the process begins and ends. */
@Timeout(120)
class ProcessTest {
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aSignalLetsWhatIsInFlightEndAndTheProcessExitsWithZero() throws Exception {
        var gate = new CountDownLatch(1);
        try (var receiver = RecordingReceiver.start();
                var server = ServerProcess.start(Map.of("API_PORT", "0", "ALLOWED_NETWORKS", "127.0.0.0/8"))) {
            receiver.onAnyPath().next(Answer.status(200).heldBy(gate));
            var api = server.awaitReady();
            api.ingest(api.subscribe(receiver.url("/")), new byte[] {1}, "X-Event-Type", "order.created");
            receiver.await(1);

            long signalled = System.nanoTime();
            server.terminate();
            await().atMost(15, TimeUnit.SECONDS)
                    .untilAsserted(() -> assertThatThrownBy(() -> api.get("/health"))
                            .isInstanceOf(UncheckedIOException.class)
                            .hasRootCauseInstanceOf(IOException.class));
            assertThat(server.isAlive()).isTrue();
            gate.countDown();

            assertThat(server.awaitEnd()).contains("has stopped").doesNotContain("interrupted", "WARN", "ERROR");
            assertThat(server.exitCode()).isZero();
            assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - signalled))
                    .isLessThan(20);
            assertThat(receiver.requests()).hasSize(1);
        }
    }

    @Test
    void aWrongEnvironmentIsRefusedInWords() throws Exception {
        try (var server = ServerProcess.start(Map.of("API_PORT", "many", "LOG_LEVEL", "loud"))) {
            assertThat(server.awaitEnd()).isEqualTo("""
                            Posthorn does not start, because of its environment:
                              API_PORT: must be a whole number from 0 to 65535, is many
                              LOG_LEVEL: must be one of ERROR, WARN, INFO, DEBUG, TRACE; is loud""");
            assertThat(server.exitCode()).isNotZero();
        }
    }

    @Test
    void aPortThatIsTakenIsSaidPlainly() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var server = ServerProcess.start(Map.of("API_PORT", Integer.toString(taken.getLocalPort())))) {
            assertThat(server.awaitEnd())
                    .contains("Port " + taken.getLocalPort() + " was already in use")
                    .doesNotContain("\tat ");
            assertThat(server.exitCode()).isNotZero();
        }
    }
}
