package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.TransportResult.Response;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

/** Whatever takes too long ends at the deadline, or at an interrupt. */
abstract class TransportDeadlineTests extends TransportTests {
    @Test
    void aSlowBodyEndsAtTheDeadlineAndTheConnectionCloses() throws Exception {
        try (var server = new ScriptedServer(connection -> {
            connection.readRequest();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
            connection.drip("a", 20);
        })) {
            assertTimesOut(() -> transport.send(request(server, SHORT)));
            server.takeEnd();
        }
    }

    @Test
    void aSlowHeaderEndsAtTheDeadlineAndTheConnectionCloses() throws Exception {
        try (var server = new ScriptedServer(connection -> {
            connection.readRequest();
            connection.write("HTTP/1.1 200 OK\r\nX-Slow: ");
            connection.drip("a", 20);
        })) {
            assertTimesOut(() -> transport.send(request(server, SHORT)));
            server.takeEnd();
        }
    }

    @Test
    void anAnswerThatDoesNotComeEndsAtTheDeadlineAndTheConnectionCloses() throws Exception {
        try (var server = new ScriptedServer(connection -> {
            connection.readRequest();
            connection.awaitEnd();
        })) {
            assertTimesOut(() -> transport.send(request(server, SHORT)));
            server.takeEnd();
        }
    }

    @Test
    void aHandshakeThatDoesNotComeEndsAtTheDeadlineAndTheConnectionCloses() throws Exception {
        // Made once and for all, which may take longer than the attempt.
        SSLContext.getDefault();
        try (var server = new ScriptedServer(ScriptedServer.Connection::awaitEnd)) {
            assertTimesOut(() -> transport.send(request(server.url("/").replace("http:", "https:"), SHORT)));
            server.takeEnd();
        }
    }

    @Test
    void aBodyThatIsNotTakenEndsAtTheDeadlineAndTheConnectionCloses() throws Exception {
        var release = new CountDownLatch(1);
        try (var server = new ScriptedServer(connection -> {
            await(release);
            connection.awaitEnd();
        })) {
            var large = Bytes.wrap(new byte[32 * 1024 * 1024]);

            assertTimesOut(() -> transport.send(new TransportRequest(
                    UUID.randomUUID(), TargetUrl.parse(server.url("/")), List.of(), large, SHORT)));
            release.countDown();
            server.takeEnd();
        }
    }

    @Test
    void aConnectionThatIsNotTakenEndsAtTheDeadline() throws Exception {
        var fillers = new ArrayList<Socket>();
        try (var full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            // The listener's queue is full once a connection is no longer made.
            boolean isFull = false;
            while (!isFull && fillers.size() < 100) {
                var filler = new Socket();
                fillers.add(filler);
                try {
                    filler.connect(full.getLocalSocketAddress(), 100);
                } catch (SocketTimeoutException e) {
                    isFull = true;
                }
            }
            assertThat(isFull).isTrue();

            assertTimesOut(() -> transport.send(request("http://127.0.0.1:" + full.getLocalPort() + "/", SHORT)));
        } finally {
            for (var filler : fillers) {
                filler.close();
            }
        }
    }

    @Test
    void manySlowBodiesAllEndAtTheDeadlineAndTheTransportStillWorks() throws Exception {
        try (var slow = new ScriptedServer(connection -> {
                    connection.readRequest();
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
                    connection.drip("a", 50);
                });
                var good = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
            var results = new ArrayList<CompletableFuture<TransportResult>>();
            for (int i = 0; i < 40; i++) {
                results.add(onAThreadOfItsOwn(() -> transport.send(request(slow, SHORT))));
            }

            for (var result : results) {
                assertFailure(result.get(20, TimeUnit.SECONDS), AttemptOutcome.TIMED_OUT);
                slow.takeEnd();
            }
            assertThat(transport.send(request(good, PLENTY))).isInstanceOf(Response.class);
        }
    }

    @Test
    void anInterruptEndsAnAttemptSoonAndIsKept() throws Exception {
        try (var server = new ScriptedServer(connection -> {
            connection.readRequest();
            connection.awaitEnd();
        })) {
            var isKept = new CompletableFuture<Boolean>();
            var result = new CompletableFuture<TransportResult>();
            var sender = new Thread(() -> {
                result.complete(transport.send(request(server, Duration.ofMinutes(5))));
                isKept.complete(Thread.currentThread().isInterrupted());
            });
            sender.start();
            server.takeRequest();

            sender.interrupt();

            assertFailure(result.get(10, TimeUnit.SECONDS), AttemptOutcome.ERROR);
            assertThat(isKept.get(10, TimeUnit.SECONDS)).isTrue();
            server.takeEnd();
        }
    }

    @Test
    void anInterruptedThreadSendsNothing() throws Exception {
        try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
            Thread.currentThread().interrupt();
            var result = transport.send(request(server, PLENTY));

            assertThat(Thread.interrupted()).isTrue();
            assertFailure(result, AttemptOutcome.ERROR);
            assertThat(server.connections()).isZero();
        }
    }
}
