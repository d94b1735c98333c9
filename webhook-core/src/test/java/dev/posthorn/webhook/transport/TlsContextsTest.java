package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult.Failure;
import dev.posthorn.webhook.spi.TransportResult.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Certificates of our own, shown to a server that demands one and answers with what it was shown. */
@Timeout(60)
class TlsContextsTest {
    private static final UUID FIRST = UUID.randomUUID();
    private static final UUID SECOND = UUID.randomUUID();
    private static final UUID THIRD = UUID.randomUUID();

    @TempDir
    static Path folder;

    private static SSLContext ofServer;
    private static SSLContext ofFirst;
    private static SSLContext ofSecond;
    private static SSLContext ofNobody;

    @BeforeAll
    static void makeCertificates() throws Exception {
        var server = keys("server", "ip:127.0.0.1");
        var first = keys("first", "dns:first.example");
        var second = keys("second", "dns:second.example");
        var trustsServer = new TrustManager[] {TestKeys.trustManager(server)};
        ofServer = context(
                TestKeys.keyManagers(server), new TrustManager[] {TestKeys.trustManager(server, first, second)});
        ofFirst = context(TestKeys.keyManagers(first), trustsServer);
        ofSecond = context(TestKeys.keyManagers(second), trustsServer);
        ofNobody = context(null, trustsServer);
    }

    @Test
    void eachSubscriptionShowsItsOwnCertificateAtOneUrl() throws Exception {
        var contexts = Map.of(FIRST, ofFirst, SECOND, ofSecond);
        try (var server = server();
                var transport =
                        transport((subscriptionId, url) -> Objects.requireNonNull(contexts.get(subscriptionId)))) {
            for (int i = 0; i < 3; i++) {
                assertThat(shown(transport, FIRST, server, "/hooks")).contains("first.example");
                assertThat(shown(transport, SECOND, server, "/hooks")).contains("second.example");
            }
            // One each, kept: never the other's.
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    @Test
    void aSubscriptionWithoutACertificateDoesNotTravelOnTheConnectionOfOneThatHasOne() throws Exception {
        var contexts = Map.of(FIRST, ofFirst, THIRD, ofNobody);
        try (var server = server();
                var transport =
                        transport((subscriptionId, url) -> Objects.requireNonNull(contexts.get(subscriptionId)))) {
            assertThat(shown(transport, FIRST, server, "/hooks")).contains("first.example");
            // In TLS 1.3 the server's no can be lost in the reset that follows it.
            assertThat(transport.send(request(THIRD, server, "/hooks")))
                    .isInstanceOfSatisfying(
                            Failure.class,
                            failure -> assertThat(failure.outcome())
                                    .isIn(AttemptOutcome.TLS_FAILED, AttemptOutcome.DISCONNECTED));
            assertThat(shown(transport, FIRST, server, "/hooks")).contains("first.example");
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    @Test
    void subscriptionsWithOneContextShareAConnection() throws Exception {
        try (var server = server();
                var transport = transport((subscriptionId, url) -> ofFirst)) {
            assertThat(shown(transport, FIRST, server, "/hooks")).contains("first.example");
            assertThat(shown(transport, SECOND, server, "/hooks")).contains("first.example");
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void theUrlCanChooseToo() throws Exception {
        try (var server = server();
                var transport =
                        transport((subscriptionId, url) -> url.pathAndQuery().equals("/second") ? ofSecond : ofFirst)) {
            assertThat(shown(transport, FIRST, server, "/hooks")).contains("first.example");
            assertThat(shown(transport, FIRST, server, "/second")).contains("second.example");
        }
    }

    @Test
    void aContextThatCannotBeHadIsAFailureOnOurSide() throws Exception {
        try (var server = server();
                var transport = transport((subscriptionId, url) -> {
                    throw new IllegalStateException("no keys");
                })) {
            assertThat(transport.send(request(FIRST, server, "/hooks")))
                    .isInstanceOfSatisfying(
                            Failure.class,
                            failure -> assertThat(failure.outcome()).isEqualTo(AttemptOutcome.ERROR));
            assertThat(server.connections()).isZero();
        }
    }

    private static Path keys(String name, String alternative) throws Exception {
        var file = folder.resolve(name + ".p12");
        TestKeys.make(file, alternative);
        return file;
    }

    private static SSLContext context(KeyManager @Nullable [] keys, TrustManager[] trusted) throws Exception {
        var context = SSLContext.getInstance("TLS");
        context.init(keys, trusted, null);
        return context;
    }

    private static SocketTransport transport(TlsContexts contexts) {
        return SocketTransport.builder()
                .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                .sslContexts(contexts)
                .build();
    }

    private static ScriptedServer server() throws IOException {
        var listener = (SSLServerSocket)
                ofServer.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        listener.setNeedClientAuth(true);
        return new ScriptedServer(listener, connection -> {
            while (true) {
                connection.readRequest();
                var names = namesShown((SSLSocket) connection.socket);
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + names.length() + "\r\n\r\n" + names);
            }
        });
    }

    private static String namesShown(SSLSocket socket) throws IOException {
        try {
            var shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            return String.valueOf(shown.getSubjectAlternativeNames());
        } catch (CertificateParsingException e) {
            throw new IOException(e);
        }
    }

    private static String shown(SocketTransport transport, UUID subscriptionId, ScriptedServer server, String path) {
        var result = transport.send(request(subscriptionId, server, path));
        assertThat(result).isInstanceOf(Response.class);
        return ((Response) result).body().toUtf8String();
    }

    private static TransportRequest request(UUID subscriptionId, ScriptedServer server, String path) {
        return new TransportRequest(
                subscriptionId,
                TargetUrl.parse("https://127.0.0.1:" + server.port() + path),
                List.of(),
                Bytes.EMPTY,
                Duration.ofSeconds(20));
    }
}
