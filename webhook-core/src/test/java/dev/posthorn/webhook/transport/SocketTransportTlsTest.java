package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.TransportResult.Failure;
import dev.posthorn.webhook.spi.TransportResult.Response;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SocketTransportTlsTest {
    private static final AddressPolicy LOOPBACK = AddressPolicy.publicOnly().allowing("127.0.0.0/8");
    private static final long MOST_GARBAGE = 16 * 1024 * 1024;
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    @TempDir
    static Path folder;

    private static SSLContext trusted;
    private static SSLContext forAnotherHost;

    @BeforeAll
    static void makeCertificates() throws Exception {
        var keys = folder.resolve("localhost.p12");
        TestKeys.make(keys, "ip:127.0.0.1,dns:localhost,dns:named.example");
        trusted = TestKeys.context(keys);
        var others = folder.resolve("other.p12");
        TestKeys.make(others, "dns:other.example");
        forAnotherHost = TestKeys.context(others);
    }

    @Test
    void aTrustedEndpointIsCalledAndItsConnectionUsedAgain() throws Exception {
        var now = new AtomicLong();
        try (var server = server(trusted);
                var transport = builder(trusted).clock(now::get).build()) {
            for (int i = 0; i < 5; i++) {
                // Long enough for it to be looked at before it is used.
                now.addAndGet(TimeUnit.SECONDS.toNanos(3));
                assertThat(transport.send(request("127.0.0.1", server.port())))
                        .isInstanceOfSatisfying(Response.class, response -> {
                            assertThat(response.status()).isEqualTo(200);
                            assertThat(response.body()).isEqualTo(Bytes.utf8("hi"));
                        });
                assertThat(server.takeRequest()).startsWith("POST /hooks HTTP/1.1\r\n");
            }
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void aKeptConnectionThatWasClosedIsReplaced() throws Exception {
        var now = new AtomicLong();
        try (var server = new ScriptedServer(listener(trusted), connection -> {
                    connection.readRequest();
                    connection.write(ANSWER);
                });
                var transport = builder(trusted).clock(now::get).build()) {
            for (int i = 1; i <= 6; i++) {
                now.addAndGet(TimeUnit.MILLISECONDS.toNanos(400L * i));
                assertThat(transport.send(request("127.0.0.1", server.port()))).isInstanceOf(Response.class);
                assertThat(server.connections()).isEqualTo(i);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void theHostIsNamedInTheHandshake(String protocol) throws Exception {
        var named = new AtomicReference<String>();
        var listener = listener(trusted);
        listener.setEnabledProtocols(new String[] {protocol});
        try (var server = new ScriptedServer(listener, connection -> {
                    connection.readRequest();
                    var session = (ExtendedSSLSession) ((SSLSocket) connection.socket).getSession();
                    named.set(session.getProtocol() + " " + session.getRequestedServerNames());
                    connection.write(ANSWER);
                    connection.awaitEnd();
                });
                var transport = builder(trusted)
                        .names(host -> new InetAddress[] {InetAddress.getLoopbackAddress()})
                        .build()) {
            assertThat(transport.send(request("named.example", server.port()))).isInstanceOf(Response.class);
            assertThat(named.get()).contains(protocol, "named.example");
        }
        try (var server = server(trusted);
                var transport = builder(trusted).build()) {
            assertThat(transport.send(request("localhost", server.port()))).isInstanceOf(Response.class);
        }
    }

    @Test
    void aCertificateOfNobodyIsRefused() throws Exception {
        try (var server = server(trusted);
                var transport = SocketTransport.builder().addresses(LOOPBACK).build()) {
            assertTlsFailure(transport.send(request("127.0.0.1", server.port())), "the certificate is not trusted");
        }
    }

    @Test
    void aCertificateForAnotherHostIsRefused() throws Exception {
        try (var server = server(forAnotherHost);
                var transport = builder(forAnotherHost).build()) {
            assertTlsFailure(transport.send(request("127.0.0.1", server.port())), "the certificate is not trusted");
            assertTlsFailure(transport.send(request("localhost", server.port())), "the certificate is not trusted");
        }
    }

    @Test
    void oldTlsIsRefused() throws Exception {
        var listener = listener(trusted);
        listener.setEnabledProtocols(new String[] {"TLSv1.1", "TLSv1"});
        try (var server = new ScriptedServer(listener, ScriptedServer.Connection::readRequest);
                var transport = builder(trusted).build()) {
            assertTlsFailure(transport.send(request("127.0.0.1", server.port())), "the TLS handshake failed");
        }
    }

    @Test
    void anEndpointThatDoesNotSpeakTlsIsATlsFailure() throws Exception {
        try (var server = new ScriptedServer(connection -> {
                    connection.write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
                    connection.awaitEnd();
                });
                var transport = builder(trusted).build()) {
            assertTlsFailure(transport.send(request("127.0.0.1", server.port())), "the TLS handshake failed");
            server.takeEnd();
        }
    }

    @Test
    void aConnectionThatBreaksInTheHandshakeIsATlsFailure() throws Exception {
        try (var server = new ScriptedServer(connection ->
                        assertThat(connection.socket.getInputStream().read()).isPositive());
                var transport = builder(trusted).build()) {
            assertTlsFailure(transport.send(request("127.0.0.1", server.port())), "the TLS handshake failed");
        }
    }

    @Test
    void aConnectionThatBreaksInTheBodyIsADisconnection() throws Exception {
        try (var server = new ScriptedServer(listener(trusted), connection -> {
                    connection.readRequest();
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhi");
                });
                var transport = builder(trusted).build()) {
            assertOutcome(transport.send(request("127.0.0.1", server.port())), AttemptOutcome.DISCONNECTED);
        }
    }

    @Test
    void anUploadThatIsNotReadEndsAtTheDeadline() throws Exception {
        var release = new CountDownLatch(1);
        try (var server = new ScriptedServer(listener(trusted), connection -> {
                    connection.readHead();
                    TransportTests.await(release);
                });
                var transport = builder(trusted).build()) {
            var large = new TransportRequest(
                    UUID.randomUUID(),
                    TargetUrl.parse("https://127.0.0.1:" + server.port() + "/"),
                    List.of(),
                    Bytes.wrap(new byte[32 * 1024 * 1024]),
                    Duration.ofMillis(1500));
            long start = System.nanoTime();

            assertOutcome(transport.send(large), AttemptOutcome.TIMED_OUT);

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
            release.countDown();
        }
    }

    @Test
    void aSlowAnswerEndsAtTheDeadline() throws Exception {
        try (var server = new ScriptedServer(listener(trusted), connection -> {
                    connection.readRequest();
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
                    connection.drip("a", 20);
                });
                var transport = builder(trusted).build()) {
            var request = new TransportRequest(
                    UUID.randomUUID(),
                    TargetUrl.parse("https://127.0.0.1:" + server.port() + "/"),
                    List.of(),
                    Bytes.EMPTY,
                    Duration.ofMillis(1500));

            assertOutcome(transport.send(request), AttemptOutcome.TIMED_OUT);
            server.takeEnd();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void tlsThatGoesOnWithoutAnAnswerEndsLongBeforeTheDeadline(String protocol) throws Exception {
        var listener = listener(trusted);
        listener.setEnabledProtocols(new String[] {protocol});
        try (var server = new ScriptedServer(listener, connection -> {
                    connection.readRequest();
                    connection.socket.setSoTimeout(1);
                    while (true) {
                        // A new handshake with 1.2, new keys with 1.3.
                        ((SSLSocket) connection.socket).startHandshake();
                        try {
                            connection.socket.getInputStream().read();
                        } catch (SocketTimeoutException e) {
                            // There was nothing but the other side of that.
                        }
                    }
                });
                var transport = builder(trusted).build()) {
            var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long allocated = threads.getCurrentThreadAllocatedBytes();

            var result = transport.send(request("127.0.0.1", server.port()));

            assertThat(threads.getCurrentThreadAllocatedBytes() - allocated).isLessThan(MOST_GARBAGE);
            assertOutcome(result, AttemptOutcome.BAD_RESPONSE);
        }
    }

    @Test
    void anAnswerInTinyRecordsIsRead() throws Exception {
        try (var server = new ScriptedServer(listener(trusted), connection -> {
                    connection.readRequest();
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n");
                    for (int i = 0; i < 65_536; i += 32) {
                        connection.write("x".repeat(32));
                    }
                    connection.awaitEnd();
                });
                var transport = builder(trusted).maxStoredBody(64 * 1024).build()) {
            assertThat(transport.send(request("127.0.0.1", server.port())))
                    .isInstanceOfSatisfying(
                            Response.class,
                            response -> assertThat(response.body().size()).isEqualTo(65_536));
        }
    }

    private static SocketTransport.Builder builder(SSLContext context) {
        return SocketTransport.builder().addresses(LOOPBACK).sslContext(context);
    }

    private static ScriptedServer server(SSLContext context) throws IOException {
        return new ScriptedServer(listener(context), SocketTransportTlsTest::answerAll);
    }

    private static void answerAll(ScriptedServer.Connection connection) throws IOException {
        while (true) {
            connection.readRequest();
            connection.write(ANSWER);
        }
    }

    private static SSLServerSocket listener(SSLContext context) throws IOException {
        return (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    private static TransportRequest request(String host, int port) {
        return new TransportRequest(
                UUID.randomUUID(),
                TargetUrl.parse("https://" + host + ":" + port + "/hooks"),
                List.of(),
                Bytes.utf8("{}"),
                Duration.ofSeconds(20));
    }

    private static void assertTlsFailure(TransportResult result, String detail) {
        assertOutcome(result, AttemptOutcome.TLS_FAILED);
        assertThat(((Failure) result).detail()).startsWith(detail);
    }

    private static void assertOutcome(TransportResult result, AttemptOutcome outcome) {
        assertThat(result)
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.outcome()).isEqualTo(outcome));
    }
}
