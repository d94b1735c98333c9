package dev.posthorn.webhook.transport;

import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.TransportResult.Failure;
import dev.posthorn.webhook.spi.TransportResult.Response;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class JdkTransportTlsTest {
    private static final AddressPolicy LOOPBACK = AddressPolicy.publicOnly().allowing("127.0.0.0/8");
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    @TempDir
    static Path folder;

    private static Path keys;
    private static SSLContext trusted;
    private static SSLContext forAnotherHost;

    @BeforeAll
    static void makeCertificates() throws Exception {
        keys = folder.resolve("localhost.p12");
        TestKeys.make(keys, "ip:127.0.0.1,dns:localhost");
        trusted = TestKeys.context(keys);
        var others = folder.resolve("other.p12");
        TestKeys.make(others, "dns:other.example");
        forAnotherHost = TestKeys.context(others);
    }

    @Test
    void aTrustedEndpointIsCalled() throws Exception {
        try (var server = server(trusted);
                var transport = transport(trusted, false)) {
            assertThat(transport.send(request(server.port()))).isInstanceOfSatisfying(Response.class, response -> {
                assertThat(response.status()).isEqualTo(200);
                assertThat(response.body()).isEqualTo(Bytes.utf8("hi"));
            });
            assertThat(server.takeRequest()).startsWith("POST /hooks HTTP/1.1\r\n");
        }
    }

    @Test
    void aCertificateOfNobodyIsRefused() throws Exception {
        try (var server = server(trusted);
                var transport = JdkTransport.builder().addresses(LOOPBACK).build()) {
            assertTlsFailure(transport.send(request(server.port())), "the certificate is not trusted");
        }
    }

    @Test
    void aCertificateForAnotherHostIsRefused() throws Exception {
        try (var server = server(forAnotherHost);
                var transport = transport(forAnotherHost, false)) {
            assertTlsFailure(transport.send(request(server.port())), "the certificate is not trusted");
        }
    }

    @Test
    void anEndpointThatDoesNotSpeakTlsIsATlsFailure() throws Exception {
        try (var server = new ScriptedServer(connection -> {
                    connection.write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
                    connection.awaitEnd();
                });
                var transport = transport(trusted, false)) {
            assertTlsFailure(transport.send(request(server.port())), "the TLS handshake failed");
        }
    }

    @Test
    void aConnectionThatBreaksInTheHandshakeIsATlsFailure() throws Exception {
        try (var server = new ScriptedServer(connection ->
                        assertThat(connection.socket.getInputStream().read()).isPositive());
                var transport = transport(trusted, false)) {
            assertTlsFailure(transport.send(request(server.port())), "the TLS handshake failed");
        }
    }

    @Test
    void aConnectionThatBreaksInTheBodyIsADisconnection() throws Exception {
        var listener = trusted.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        try (var server = new ScriptedServer(listener, connection -> {
                    connection.readRequest();
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhi");
                });
                var transport = transport(trusted, false)) {
            assertThat(transport.send(request(server.port())))
                    .isInstanceOfSatisfying(
                            Failure.class,
                            failure -> assertThat(failure.outcome()).isEqualTo(AttemptOutcome.DISCONNECTED));
        }
    }

    @Test
    void http2IsSpokenOnlyWhereItIsAllowed() {
        var wireMock = new WireMockServer(options()
                .bindAddress("127.0.0.1")
                .dynamicHttpsPort()
                .dynamicPort()
                .keystorePath(keys.toString())
                .keystorePassword(TestKeys.PASSWORD)
                .keyManagerPassword(TestKeys.PASSWORD)
                .keystoreType("PKCS12"));
        wireMock.stubFor(post(anyUrl()).willReturn(ok("hi").withHeader("X-Answer", "yes")));
        wireMock.start();
        try (var http1 = transport(trusted, false);
                var http2 = transport(trusted, true)) {
            var first = (Response) http1.send(request(wireMock.httpsPort()));
            var second = (Response) http2.send(request(wireMock.httpsPort()));

            assertThat(wireMock.getAllServeEvents())
                    .extracting(event -> event.getRequest().getProtocol())
                    .containsExactly("HTTP/2.0", "HTTP/1.1");
            assertThat(List.of(first.status(), second.status())).containsExactly(200, 200);
            assertThat(second.body()).isEqualTo(Bytes.utf8("hi"));
            assertThat(second.headers()).contains(new Header("x-answer", "yes"));
            assertThat(second.headers()).noneMatch(header -> header.name().startsWith(":"));
        } finally {
            wireMock.stop();
        }
    }

    private static ScriptedServer server(SSLContext context) throws Exception {
        var listener = context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        return new ScriptedServer(listener, connection -> {
            connection.readRequest();
            connection.write(ANSWER);
            connection.awaitEnd();
        });
    }

    private static JdkTransport transport(SSLContext context, boolean http2) {
        return JdkTransport.builder()
                .addresses(LOOPBACK)
                .sslContext(context)
                .http2(http2)
                .build();
    }

    private static TransportRequest request(int port) {
        return new TransportRequest(
                UUID.randomUUID(),
                TargetUrl.parse("https://127.0.0.1:" + port + "/hooks"),
                List.of(),
                Bytes.utf8("{}"),
                Duration.ofSeconds(20));
    }

    private static void assertTlsFailure(TransportResult result, String detail) {
        assertThat(result).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.outcome()).isEqualTo(AttemptOutcome.TLS_FAILED);
            assertThat(failure.detail()).startsWith(detail);
        });
    }
}
