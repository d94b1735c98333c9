package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests as they are sent, and what becomes of answers. */
abstract class TransportAnswerTests extends TransportTests {
    @Test
    void aRequestIsSentAsItIs() throws Exception {
        try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
            var headers = List.of(
                    new Header("webhook-id", "msg_1"),
                    new Header("Content-Type", "application/json"),
                    new Header("X-Twice", "one"),
                    new Header("X-Twice", "two"),
                    new Header("User-Agent", "Posthorn/1"));
            var body = Bytes.utf8("{\"name\":\"Jürgen\"}");

            transport.send(new TransportRequest(
                    UUID.randomUUID(), TargetUrl.parse(server.url("/a%20b?c=d")), headers, body, PLENTY));

            var request = server.takeRequest();
            assertThat(request).startsWith("POST /a%20b?c=d HTTP/1.1\r\n");
            assertThat(request.toLowerCase(Locale.ROOT))
                    .contains("\r\nhost: 127.0.0.1:" + server.port() + "\r\n")
                    .contains("\r\ncontent-length: 18\r\n")
                    .contains("\r\nwebhook-id: msg_1\r\n")
                    .contains("\r\ncontent-type: application/json\r\n")
                    .contains("\r\nx-twice: one\r\n", "\r\nx-twice: two\r\n")
                    .containsOnlyOnce("\r\nuser-agent: posthorn/1\r\n")
                    .containsOnlyOnce("user-agent")
                    .doesNotContain(
                            "java", "accept-encoding", "expect", "upgrade", "http2-settings", "transfer-encoding");
            assertThat(request.substring(request.indexOf("\r\n\r\n") + 4).getBytes(StandardCharsets.ISO_8859_1))
                    .isEqualTo(body.toByteArray());
        }
    }

    @Test
    void anEmptyBodyHasALengthToo() throws Exception {
        try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
            transport.send(new TransportRequest(
                    UUID.randomUUID(), TargetUrl.parse(server.url("/")), List.of(), Bytes.EMPTY, PLENTY));

            assertThat(server.takeRequest().toLowerCase(Locale.ROOT)).contains("\r\ncontent-length: 0\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 299, 300, 301, 302, 307, 308, 400, 401, 407, 410, 429, 500, 503, 599})
    void anyFinalStatusIsAnAnswer(int status) throws Exception {
        var answer = "HTTP/1.1 " + status + " Whatever\r\n"
                + "Location: /elsewhere\r\nWWW-Authenticate: Basic realm=x\r\nProxy-Authenticate: Basic realm=x\r\n"
                + "Content-Length: 2\r\n\r\nhi";
        try (var server = ScriptedServer.answering(answer)) {
            var response = (Response) transport.send(request(server, PLENTY));

            assertThat(response.status()).isEqualTo(status);
            assertThat(response.body()).isEqualTo(Bytes.utf8("hi"));
            // Neither followed nor tried again with credentials.
            assertThat(server.connections()).isEqualTo(1);
            server.takeRequest();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            HTTP/1.1 204 No Content~~                                                             | 204 |
            HTTP/1.1 304 Not Modified~~                                                           | 304 |
            HTTP/1.1 200~Content-Length: 2~~hi                                                    | 200 | hi
            HTTP/1.0 200 OK~~until the end                                                        | 200 | until the end
            HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2~he~3~llo~0~~                            | 200 | hello
            HTTP/1.1 100 Continue~~HTTP/1.1 200 OK~Content-Length: 2~~hi                          | 200 | hi
            HTTP/1.1 103 Early Hints~Link: x~~HTTP/1.1 500 Broken~Content-Length: 0~~             | 500 |
            """)
    void answersOfEveryShapeAreRead(String answer, int status, String body) throws Exception {
        try (var server = ScriptedServer.answering(answer.replace("~", "\r\n"))) {
            assertThat(transport.send(request(server, PLENTY))).isInstanceOfSatisfying(Response.class, response -> {
                assertThat(response.status()).isEqualTo(status);
                assertThat(response.body().toUtf8String()).isEqualTo(body == null ? "" : body);
            });
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            SSH-2.0-OpenSSH_9.6~                                                                  | BAD_RESPONSE
            HTTP/1.1 OK~~                                                                         | BAD_RESPONSE
            HTTP/2.0 200 OK~~                                                                     | BAD_RESPONSE
            HTTP/1.1 101 Switching Protocols~Upgrade: x~Connection: Upgrade~~                     | BAD_RESPONSE
            HTTP/1.1 600 Odd~Content-Length: 0~~                                                  | BAD_RESPONSE
            HTTP/1.1 200 OK~A B: c~Content-Length: 0~~                                            | BAD_RESPONSE
            HTTP/1.1 200 OK~Content-Length: x~~                                                   | BAD_RESPONSE
            HTTP/1.1 200 OK~Transfer-Encoding: chunked~~zz~hello~0~~                              | BAD_RESPONSE
            HTTP/1.1 200 OK~Content-Length: 10~~garbage                                           | DISCONNECTED
            HTTP/1.1 200 OK~Transfer-Encoding: chunked~~ff~garbage                                | DISCONNECTED
            HTTP/1.1 200 OK~Content-Len                                                           | DISCONNECTED
            garbage                                                                               | DISCONNECTED
            HTTP/1.1                                                                              | DISCONNECTED
            ''                                                                                    | DISCONNECTED
            """)
    void anAnswerThatIsNoneIsAFailureAndIsNotAskedForTwice(String answer, AttemptOutcome outcome) throws Exception {
        try (var server = ScriptedServer.answering(answer.replace("~", "\r\n"))) {
            assertFailure(transport.send(request(server, PLENTY)), outcome);
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void tooManyInterimAnswersAreAFailure() throws Exception {
        try (var server = ScriptedServer.answering(
                "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100) + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
            assertFailure(transport.send(request(server, PLENTY)), AttemptOutcome.BAD_RESPONSE);
        }
    }

    @Test
    void anEndlessHeaderIsAFailure() throws Exception {
        try (var server = new ScriptedServer(connection -> {
            connection.readRequest();
            connection.write("HTTP/1.1 200 OK\r\n");
            while (true) {
                connection.write("X-Flood: " + "a".repeat(1000) + "\r\n");
            }
        })) {
            assertFailure(transport.send(request(server, PLENTY)), AttemptOutcome.BAD_RESPONSE);
        }
    }

    @Test
    void aResetIsADisconnection() throws Exception {
        try (var server = new ScriptedServer(connection -> {
            connection.readRequest();
            connection.socket.setSoLinger(true, 0);
        })) {
            assertFailure(transport.send(request(server, PLENTY)), AttemptOutcome.DISCONNECTED);
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void aResetInTheBodyIsADisconnection() throws Exception {
        try (var server = new ScriptedServer(connection -> {
            connection.readRequest();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhi");
            // The reset would otherwise overtake the header.
            connection.pause(200);
            connection.socket.setSoLinger(true, 0);
        })) {
            assertFailure(transport.send(request(server, PLENTY)), AttemptOutcome.DISCONNECTED);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aConnectionThatBreaksWhileTheRequestIsStillBeingSentIsADisconnection(boolean byReset) throws Exception {
        try (var server = new ScriptedServer(connection -> {
            connection.write("HTTP/1.1 413 Too Large\r\nContent-Length: 10\r\n\r\nhi");
            connection.readHead();
            connection.socket.setSoLinger(byReset, 0);
        })) {
            var large = Bytes.wrap(new byte[32 * 1024 * 1024]);
            var request =
                    new TransportRequest(UUID.randomUUID(), TargetUrl.parse(server.url("/")), List.of(), large, PLENTY);

            assertFailure(transport.send(request), AttemptOutcome.DISCONNECTED);
        }
    }

    @Test
    void aRefusedConnectionIsUnreachable() throws Exception {
        var closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        closed.close();

        var result = transport.send(request("http://127.0.0.1:" + closed.getLocalPort() + "/", PLENTY));

        assertFailure(result, AttemptOutcome.UNREACHABLE);
    }

    @Test
    void connectionsAreUsedAgain() throws Exception {
        try (var server = new ScriptedServer(connection -> {
            while (true) {
                connection.readRequest();
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
            }
        })) {
            for (int i = 0; i < 5; i++) {
                assertThat(transport.send(request(server, PLENTY))).isInstanceOf(Response.class);
            }

            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void ofALongBodyTheFirstBytesAreKeptAndTheConnectionCloses() throws Exception {
        try (var server = new ScriptedServer(connection -> {
            connection.readRequest();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\nfirst");
            try {
                while (true) {
                    connection.write("a".repeat(10_000));
                }
            } catch (IOException e) {
                connection.awaitEnd();
            }
        })) {
            var response = (Response) transport.send(request(server, PLENTY));

            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body().toUtf8String()).isEqualTo("first" + "a".repeat(4096 - 5));
            server.takeEnd();
        }
    }

    @Test
    void nothingIsAwaitedBehindTheReadLimit() throws Exception {
        try (var server = new ScriptedServer(connection -> {
                    connection.readRequest();
                    connection.write("HTTP/1.1 500 Broken\r\nContent-Length: 1000\r\n\r\n" + "a".repeat(100));
                    connection.awaitEnd();
                });
                var strict = make(LOOPBACK, InetAddress::getAllByName, 10, 100)) {
            var response = (Response) strict.send(request(server, PLENTY));

            assertThat(response.status()).isEqualTo(500);
            assertThat(response.body().toUtf8String()).isEqualTo("a".repeat(10));
            server.takeEnd();
        }
    }

    @Test
    void aBodyWithinTheReadLimitIsReadToItsEndAndKeptInPart() throws Exception {
        try (var server = ScriptedServer.answering(
                        "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n" + "ab".repeat(30_000));
                var none = make(LOOPBACK, InetAddress::getAllByName, 0, 64 * 1024)) {
            assertThat(((Response) transport.send(request(server, PLENTY)))
                            .body()
                            .toUtf8String())
                    .isEqualTo("ab".repeat(2048));
            assertThat(((Response) none.send(request(server, PLENTY))).body()).isEqualTo(Bytes.EMPTY);
        }
    }

    @Test
    void aCompressedBodyIsKeptAsItCame() throws Exception {
        var packed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(packed)) {
            gzip.write("hello".repeat(100).getBytes(StandardCharsets.US_ASCII));
        }
        try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: "
                + packed.size() + "\r\n\r\n" + packed.toString(StandardCharsets.ISO_8859_1))) {
            var response = (Response) transport.send(request(server, PLENTY));

            assertThat(response.body()).isEqualTo(Bytes.copyOf(packed.toByteArray()));
        }
    }

    @Test
    void headerValuesAreEscapedToVisibleAscii() throws Exception {
        try (var server = ScriptedServer.answering(
                "HTTP/1.1 200 OK\r\nX-Odd: caf\u00c3\u00a9 \u00ff\u0080\r\nAge: 9\r\nContent-Length: 0\r\n\r\n")) {
            var response = (Response) transport.send(request(server, PLENTY));

            assertThat(response.headers())
                    .extracting(header -> header.name().toLowerCase(Locale.ROOT) + "=" + header.value())
                    .containsExactlyInAnyOrder("x-odd=caf\\xC3\\xA9 \\xFF\\x80", "age=9", "content-length=0");
        }
    }
}
