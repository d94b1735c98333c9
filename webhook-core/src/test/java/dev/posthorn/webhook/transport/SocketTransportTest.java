package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.TransportResult.Response;
import dev.posthorn.webhook.spi.WebhookTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SocketTransportTest extends TransportContract {
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    @Override
    WebhookTransport make(AddressPolicy policy, Lookup.Names names, int maxStored, int maxRead) {
        return SocketTransport.builder()
                .addresses(policy)
                .names(names)
                .maxStoredBody(maxStored)
                .maxReadBody(maxRead)
                .build();
    }

    @Test
    void aRequestGoesOutInOnePieceWithNothingOfOurOwnButItsFrame() throws Exception {
        try (var server = ScriptedServer.answering(ANSWER)) {
            transport.send(request(server, PLENTY));

            assertThat(server.takeRequest())
                    .isEqualTo("POST /hooks HTTP/1.1\r\nHost: 127.0.0.1:" + server.port()
                            + "\r\nwebhook-id: msg_1\r\nContent-Length: 2\r\n\r\n{}");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"transfer-encoding", "TE", "Trailer", "Keep-Alive", "Proxy-Connection", "HTTP2-Settings", ""})
    void aHeaderThatFramesOrBelongsToTheConnectionIsAFailureOnOurSide(String name) {
        assertFailure(transport.send(withHeader(new Header(name, "x"))), AttemptOutcome.ERROR);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nB: c", "a\nb", "a\rb", "a\0b", "a\u007fb", "caf\u00e9", "\u010a"})
    void aHeaderValueThatCannotBeSentIsAFailureOnOurSide(String value) {
        assertFailure(transport.send(withHeader(new Header("X", value))), AttemptOutcome.ERROR);
    }

    @Test
    void anAnswerBeforeTheWholeRequestWasReadCounts() throws Exception {
        try (var server = new ScriptedServer(connection -> {
            connection.write("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno");
            connection.readHead();
            connection.socket.shutdownInput();
            connection.socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
        })) {
            var large = Bytes.wrap(new byte[32 * 1024 * 1024]);

            var result = transport.send(new TransportRequest(
                    UUID.randomUUID(), TargetUrl.parse(server.url("/")), List.of(), large, PLENTY));

            assertThat(result)
                    .isInstanceOfSatisfying(
                            Response.class,
                            response -> assertThat(response.status()).isEqualTo(413));
        }
    }

    @Test
    void endlessChunksEndAtTheReadLimit() throws Exception {
        try (var server = new ScriptedServer(connection -> {
            connection.readRequest();
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            try {
                while (true) {
                    connection.write("1\r\nx\r\n".repeat(1000));
                }
            } catch (IOException e) {
                connection.awaitEnd();
            }
        })) {
            var response = (Response) transport.send(request(server, PLENTY));

            assertThat(response.body().toUtf8String()).isEqualTo("x".repeat(4096));
            server.takeEnd();
        }
    }

    @Test
    void headersBeyondTheLimitAreNoAnswer() throws Exception {
        for (var fields : List.of("X-Many: x\r\n".repeat(201), "X-Long: " + "x".repeat(33_000) + "\r\n")) {
            try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\n" + fields + "\r\n")) {
                assertFailure(transport.send(request(server, PLENTY)), AttemptOutcome.BAD_RESPONSE);
            }
        }
    }

    @Test
    void theNextAddressIsTriedUpToThree() throws Exception {
        try (var server = ScriptedServer.answering(ANSWER)) {
            var url = "http://several.example:" + server.port() + "/";
            try (var good = withNames(LOOPBACK, host -> addresses("127.0.0.2 127.0.0.3 127.0.0.1"));
                    var bad = withNames(LOOPBACK, host -> addresses("127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.1"));
                    var none = withNames(LOOPBACK, host -> new InetAddress[0])) {
                assertThat(good.send(request(url, PLENTY))).isInstanceOf(Response.class);
                assertFailure(bad.send(request(url, PLENTY)), AttemptOutcome.UNREACHABLE);
                assertFailure(none.send(request(url, PLENTY)), AttemptOutcome.UNRESOLVED);
            }
        }
    }

    @Test
    void aNameThatFlipsBetweenAddressesNeverLeadsToTheForbiddenOne() throws Exception {
        var requests = new AtomicInteger();
        var lookUps = new AtomicInteger();
        try (var allowed = new ScriptedServer(connection -> {
                    while (true) {
                        connection.readHead();
                        connection.socket.getInputStream().readNBytes(2);
                        boolean isLast = requests.incrementAndGet() % 7 == 0;
                        connection.write(
                                isLast
                                        ? "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                                        : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    }
                });
                var forbidden = new ScriptedServer(
                        new ServerSocket(allowed.port(), 50, InetAddress.getByName("127.0.0.2")),
                        SocketTransportTest::answerAll);
                var transport = withNames(
                        AddressPolicy.publicOnly().allowing("127.0.0.1"),
                        host -> addresses(lookUps.getAndIncrement() % 2 == 0 ? "127.0.0.1" : "127.0.0.2"))) {
            var request = request("http://flip.example:" + allowed.port() + "/", PLENTY);
            int answered = 0;
            for (int i = 0; i < 10_000; i++) {
                var result = transport.send(request);
                if (result instanceof Response) {
                    answered++;
                } else {
                    assertFailure(result, AttemptOutcome.BLOCKED);
                }
            }

            assertThat(forbidden.connections()).isZero();
            assertThat(answered).isEqualTo(requests.get()).isBetween(8000, 9999);
            assertThat(lookUps.get()).isGreaterThan(2000);
        }
    }

    @Test
    void onlyNamedHostsPortsAndSchemesAreCalled() throws Exception {
        try (var server = new ScriptedServer(SocketTransportTest::answerAll);
                var transport = SocketTransport.builder()
                        .allowedHosts("Inside.Example.", "localhost")
                        .allowedPorts(443, server.port())
                        .names(host -> addresses("127.0.0.1"))
                        .build();
                var httpsOnly = SocketTransport.builder()
                        .addresses(LOOPBACK)
                        .httpsOnly(true)
                        .build()) {
            var port = ":" + server.port() + "/";
            assertThat(transport.send(request("http://inside.example" + port, PLENTY)))
                    .isInstanceOf(Response.class);
            assertThat(transport.send(request("http://localhost" + port, PLENTY)))
                    .isInstanceOf(Response.class);
            assertThat(transport.refusal(TargetUrl.parse("http://localhost" + port)))
                    .isEmpty();
            for (var refused : List.of("http://sub.inside.example" + port, "http://127.0.0.1" + port)) {
                assertFailure(transport.send(request(refused, PLENTY)), AttemptOutcome.BLOCKED);
            }
            assertThat(transport.refusal(TargetUrl.parse("http://127.0.0.1" + port)))
                    .isPresent();
            for (var refused : List.of("http://inside.example/", "https://inside.example:444/")) {
                assertFailure(transport.send(request(refused, PLENTY)), AttemptOutcome.BLOCKED);
                assertThat(transport.refusal(TargetUrl.parse(refused)))
                        .hasValue("the port is one that may not be called");
            }
            assertFailure(httpsOnly.send(request(server, PLENTY)), AttemptOutcome.BLOCKED);
            assertThat(httpsOnly.refusal(TargetUrl.parse(server.url("/")))).hasValue("only https may be called");
            assertThat(httpsOnly.refusal(TargetUrl.parse("https://example.com/")))
                    .isEmpty();
        }
    }

    @Test
    void closingEndsWhatIsBeingSent() throws Exception {
        var closing = SocketTransport.builder().addresses(LOOPBACK).build();
        try (var server = new ScriptedServer(connection -> {
            connection.readRequest();
            connection.awaitEnd();
        })) {
            var results = new ArrayList<CompletableFuture<TransportResult>>();
            for (int i = 0; i < 5; i++) {
                results.add(onAThreadOfItsOwn(() -> closing.send(request(server, Duration.ofMinutes(5)))));
                server.takeRequest();
            }

            closing.close();

            for (var result : results) {
                assertThat(result.get(10, TimeUnit.SECONDS)).isEqualTo(Failures.CLOSED);
                server.takeEnd();
            }
        }
    }

    @Test
    void aTimeoutBeyondAllMeasureIsTaken() throws Exception {
        try (var server = ScriptedServer.answering(ANSWER)) {
            assertThat(transport.send(request(server, Duration.ofSeconds(Long.MAX_VALUE))))
                    .isInstanceOf(Response.class);
            assertFailure(transport.send(request(server, Duration.ZERO)), AttemptOutcome.TIMED_OUT);
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void everySettingThatIsWrongIsNamed() {
        assertThatThrownBy(() -> SocketTransport.builder()
                        .maxStoredBody(-1)
                        .maxReadBody(0)
                        .allowedPorts(80, 0, 65536)
                        .allowedHosts("good.example", "bad_name.example", "127.0.0.1")
                        .build())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContainingAll(
                        "maxStoredBody: ",
                        "maxReadBody: ",
                        "allowedPorts[1]: must be from 1 to 65535, is 0",
                        "allowedPorts[2]: ",
                        "allowedHosts[1]: ",
                        "allowedHosts[2]: must be a name")
                .hasMessageNotContaining("allowedHosts[0]");
    }

    private static void answerAll(ScriptedServer.Connection connection) throws IOException {
        while (true) {
            connection.readRequest();
            connection.write(ANSWER);
        }
    }

    private static TransportRequest withHeader(Header header) {
        return new TransportRequest(
                UUID.randomUUID(), TargetUrl.parse("http://127.0.0.1:1/"), List.of(header), Bytes.EMPTY, PLENTY);
    }
}
