package dev.posthorn.webhook.transport;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.http.Fault;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.TransportResult.Failure;
import dev.posthorn.webhook.spi.TransportResult.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same exchanges through both transports, with servers that others wrote, come to the same. */
@Timeout(60)
class TransportsAlikeTest {
    private static final AddressPolicy LOOPBACK = AddressPolicy.publicOnly().allowing("127.0.0.0/8");
    private static final List<Integer> STATUSES =
            List.of(200, 201, 202, 204, 301, 302, 304, 307, 400, 401, 404, 407, 410, 413, 429, 500, 502, 503);

    /** For a server that leaves Nagle's algorithm on, so that each answer takes 40 ms. */
    private static final List<Integer> FEW_STATUSES = List.of(200, 201, 204, 302, 304, 410, 503);

    /** What servers say of themselves and of the moment. */
    private static final Set<String> OF_THE_MOMENT =
            Set.of("date", "matched-stub-id", "server", "connection", "keep-alive");

    private final SocketTransport sockets =
            SocketTransport.builder().addresses(LOOPBACK).build();
    private final JdkTransport jdk = JdkTransport.builder().addresses(LOOPBACK).build();

    @AfterEach
    void close() {
        sockets.close();
        jdk.close();
    }

    @Test
    void withWireMock() {
        var server = new WireMockServer(options().bindAddress("127.0.0.1").dynamicPort());
        server.start();
        try {
            for (int status : STATUSES) {
                server.stubFor(any(anyUrl())
                        .willReturn(aResponse()
                                .withStatus(status)
                                .withHeader("X-Twice", "a", "b")
                                .withBody("body " + status)));
                assertAlike(server.port(), bodies());
            }
            assertThat(server.getAllServeEvents())
                    .extracting(event -> Bytes.wrap(event.getRequest().getBody()))
                    .containsAll(bodies());
        } finally {
            server.stop();
        }
    }

    @ParameterizedTest
    // The others close within garbage that has no line's end: malformed for one, broken off for the other.
    @EnumSource(names = {"CONNECTION_RESET_BY_PEER", "EMPTY_RESPONSE"})
    void withWireMockThatMisbehaves(Fault fault) {
        var server = new WireMockServer(options().bindAddress("127.0.0.1").dynamicPort());
        server.stubFor(any(anyUrl()).willReturn(aResponse().withFault(fault)));
        server.start();
        try {
            assertAlike(server.port(), bodies());
        } finally {
            server.stop();
        }
    }

    @Test
    void withWireMockThatIsLateOrSlow() {
        var server = new WireMockServer(options().bindAddress("127.0.0.1").dynamicPort());
        server.start();
        try {
            for (var late : List.of(
                    aResponse().withFixedDelay(1_500),
                    aResponse().withBody("x".repeat(1_000)).withChunkedDribbleDelay(50, 1_500))) {
                server.stubFor(any(anyUrl()).willReturn(late));
                var request = request(server.port(), Bytes.utf8("{}"), Duration.ofMillis(300));
                assertThat(sockets.send(request)).isEqualTo(Failures.of(AttemptOutcome.TIMED_OUT));
                assertThat(jdk.send(request)).isEqualTo(Failures.of(AttemptOutcome.TIMED_OUT));
            }
        } finally {
            server.stop();
        }
    }

    @Test
    void withTheServerOfTheJdk() throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        for (int status : FEW_STATUSES) {
            server.createContext("/" + status, exchange -> echo(exchange, status));
        }
        server.start();
        try {
            for (int status : FEW_STATUSES) {
                assertAlike(server.getAddress().getPort(), "/" + status, bodies());
            }
        } finally {
            server.stop(0);
        }
    }

    private static void echo(HttpExchange exchange, int status) throws IOException {
        try (exchange) {
            var body = exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().add("X-Length", Integer.toString(body.length));
            boolean hasNoBody = status == 204 || status == 304;
            // 0 means chunked here, and -1 nothing.
            exchange.sendResponseHeaders(
                    status, hasNoBody ? -1 : status % 2 == 0 || body.length == 0 ? 0 : body.length);
            if (!hasNoBody) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    @Test
    void withNode(@TempDir Path folder) throws Exception {
        try (var server = ForeignServer.node(folder)) {
            for (int status : STATUSES) {
                assertAlike(server.port(), "/" + status, bodies());
            }
        }
    }

    @Test
    void withNginx(@TempDir Path folder) throws Exception {
        try (var server = ForeignServer.nginx(folder)) {
            for (int status : STATUSES) {
                assertAlike(server.port(), "/" + status, bodies());
            }
        }
    }

    // ~ is the end of a line.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK~Content-Length: 2~~hi",
                "HTTP/1.1 200~Content-Length: 2~~hi",
                "HTTP/1.0 200 OK~A: b~a: c~~until the end",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2~he~3~llo~0~~",
                "HTTP/1.1 204 No Content~~",
                "HTTP/1.1 304 Not Modified~~",
                "HTTP/1.1 302 Found~Location: /elsewhere~Content-Length: 0~~",
                "HTTP/1.1 410 Gone~Content-Length: 4~~gone",
                "HTTP/1.1 429 Slow~Retry-After: 7~Content-Length: 0~~",
                "HTTP/1.1 401 No~WWW-Authenticate: Basic realm=x~Content-Length: 0~~",
                "HTTP/1.1 407 No~Proxy-Authenticate: Basic realm=x~Content-Length: 0~~",
                "HTTP/1.1 500 Broken~Content-Length: 3~~\u00ff\u00fe\0",
                "HTTP/1.1 200 OK~A: caf\u00e9~Content-Length: 0~~",
                "HTTP/1.1 103 Hints~Link: x~~HTTP/1.1 503 Busy~Content-Length: 0~~",
                "",
                "HTTP/1.1",
                "garbage",
                "SSH-2.0-OpenSSH_9.6~",
                "HTTP/1.1 OK~~",
                "HTTP/2.0 200 OK~~",
                "HTTP/1.1 600 Odd~Content-Length: 0~~",
                "HTTP/1.1 101 Switching Protocols~Upgrade: x~Connection: Upgrade~~",
                "HTTP/1.1 200 OK~A B: c~Content-Length: 0~~",
                "HTTP/1.1 200 OK~A: b\0c~Content-Length: 0~~",
                "HTTP/1.1 200 OK~Content-Length: x~~",
                "HTTP/1.1 200 OK~Content-Length: 10~~short",
                "HTTP/1.1 200 OK~Content-Len",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~zz~hello~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~ff~short",
            })
    void withAnAnswerByHand(String answer) throws Exception {
        try (var server = ScriptedServer.answering(answer.replace("~", "\r\n"))) {
            var request = request(server.port(), "/", Bytes.utf8("{}"), Duration.ofSeconds(20));
            assertThat(normalised(sockets.send(request))).isEqualTo(normalised(jdk.send(request)));
        }
    }

    private void assertAlike(int port, List<Bytes> bodies) {
        assertAlike(port, "/hooks", bodies);
    }

    private void assertAlike(int port, String path, List<Bytes> bodies) {
        for (var body : bodies) {
            var request = request(port, path, body, Duration.ofSeconds(20));
            // Twice, so that the second goes over a connection that was kept.
            for (int i = 0; i < 2; i++) {
                assertThat(normalised(sockets.send(request)))
                        .as("%s with %s bytes", path, body.size())
                        .isEqualTo(normalised(jdk.send(request)));
            }
        }
    }

    private static List<Bytes> bodies() {
        var every = new byte[10_000];
        for (int i = 0; i < every.length; i++) {
            every[i] = (byte) (i * 31);
        }
        return List.of(Bytes.EMPTY, Bytes.utf8("{\"order\":1}"), Bytes.wrap(every));
    }

    private static TransportRequest request(int port, Bytes body, Duration timeout) {
        return request(port, "/hooks", body, timeout);
    }

    private static TransportRequest request(int port, String path, Bytes body, Duration timeout) {
        return new TransportRequest(
                UUID.randomUUID(),
                TargetUrl.parse("http://127.0.0.1:" + port + path),
                List.of(new Header("Content-Type", "application/json"), new Header("webhook-id", "evt_1")),
                body,
                timeout);
    }

    /** Names of fields in lower case and in order, which is all that is left of them in the other transport. */
    static List<Object> normalised(TransportResult result) {
        if (result instanceof Failure failure) {
            return List.of(failure);
        }
        var response = (Response) result;
        var headers = new TreeSet<String>();
        for (var header : response.headers()) {
            var name = header.name().toLowerCase(Locale.ROOT);
            if (!OF_THE_MOMENT.contains(name)) {
                headers.add(name + ": " + header.value());
            }
        }
        return List.of(response.status(), response.body(), headers);
    }
}
