package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.TransportResult.Failure;
import dev.posthorn.webhook.spi.TransportResult.Response;
import dev.posthorn.webhook.spi.WebhookTransport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What both transports do. */
@Timeout(60)
abstract class TransportContract {
    static final AddressPolicy LOOPBACK = AddressPolicy.publicOnly().allowing("127.0.0.0/8");
    static final Duration PLENTY = Duration.ofSeconds(20);
    static final Duration SHORT = Duration.ofMillis(400);

    final WebhookTransport transport = make(LOOPBACK);

    /** A transport with these settings, and its own limits. */
    abstract WebhookTransport make(AddressPolicy policy, Lookup.Names names, int maxStored, int maxRead);

    private WebhookTransport make(AddressPolicy policy) {
        return withNames(policy, InetAddress::getAllByName);
    }

    @AfterEach
    void close() {
        transport.close();
        assertThat(Thread.interrupted()).isFalse();
    }

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

            transport.send(new TransportRequest(TargetUrl.parse(server.url("/a%20b?c=d")), headers, body, PLENTY));

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
            transport.send(new TransportRequest(TargetUrl.parse(server.url("/")), List.of(), Bytes.EMPTY, PLENTY));

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
            var request = new TransportRequest(TargetUrl.parse(server.url("/")), List.of(), large, PLENTY);

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

            assertTimesOut(() ->
                    transport.send(new TransportRequest(TargetUrl.parse(server.url("/")), List.of(), large, SHORT)));
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

    @ParameterizedTest
    @ValueSource(
            strings = {"http://10.0.0.1/", "http://169.254.169.254/", "http://[::1]:9/", "http://[::ffff:127.0.0.1]/"})
    void aForbiddenAddressIsBlocked(String url) {
        try (var careful = make(AddressPolicy.publicOnly())) {
            assertFailure(careful.send(request(url, PLENTY)), AttemptOutcome.BLOCKED);
        }
    }

    @Test
    void aNameIsBlockedIfAnyOfItsAddressesIsForbidden() throws Exception {
        try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
            for (var addresses :
                    List.of("127.0.0.1", "8.8.8.8 127.0.0.1", "127.0.0.1 8.8.8.8", "::1", "8.8.8.8 fd00::1")) {
                try (var careful = withNames(AddressPolicy.publicOnly(), host -> addresses(addresses))) {
                    var url = "http://localhost:" + server.port() + "/";
                    assertFailure(careful.send(request(url, PLENTY)), AttemptOutcome.BLOCKED);
                }
            }
            assertThat(server.connections()).isZero();
        }
    }

    @Test
    void aBlockedAddressDoesNotTellWhetherAnythingAnswersThere() throws Exception {
        var closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        closed.close();
        try (var open = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                var careful = withNames(AddressPolicy.publicOnly(), host -> addresses("127.0.0.1"))) {
            var answering = careful.send(request("http://inside.example:" + open.port() + "/", PLENTY));
            var refusing = careful.send(request("http://inside.example:" + closed.getLocalPort() + "/", PLENTY));
            var silent = careful.send(request("http://10.255.255.1/", PLENTY));

            assertThat(answering).isEqualTo(refusing).isEqualTo(silent);
        }
    }

    @Test
    void aNameOfAllowedAddressesIsCalled() throws Exception {
        try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                var careful = withNames(LOOPBACK, host -> addresses("127.0.0.1"))) {
            // HttpClient looks it up again by itself, so this must be a name that the system knows too.
            var result = careful.send(request("http://localhost:" + server.port() + "/", PLENTY));

            assertThat(result).isInstanceOf(Response.class);
            assertThat(server.takeRequest()).containsIgnoringCase("host: localhost:" + server.port());
        }
    }

    @Test
    void aNameThatIsNotKnownIsUnresolved() {
        try (var careful = withNames(LOOPBACK, host -> {
            throw new UnknownHostException(host);
        })) {
            assertFailure(careful.send(request("http://unknown.example/", PLENTY)), AttemptOutcome.UNRESOLVED);
        }
    }

    @Test
    void aLookUpThatDoesNotEndIsLeftBehindAtTheDeadline() {
        var release = new CountDownLatch(1);
        try (var slow = withNames(LOOPBACK, host -> {
            awaitWhateverComes(release);
            return addresses("127.0.0.1");
        })) {
            assertTimesOut(() -> slow.send(request("http://slow.example/", SHORT)));
        } finally {
            release.countDown();
        }
    }

    @Test
    void anInterruptEndsTheWaitForALookUp() throws Exception {
        var isAsked = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        try (var slow = withNames(LOOPBACK, host -> {
            isAsked.countDown();
            awaitWhateverComes(release);
            return addresses("127.0.0.1");
        })) {
            var result = new CompletableFuture<TransportResult>();
            var sender = new Thread(() -> result.complete(slow.send(request("http://slow.example/", PLENTY))));
            sender.start();
            await(isAsked);

            sender.interrupt();

            assertFailure(result.get(10, TimeUnit.SECONDS), AttemptOutcome.ERROR);
        } finally {
            release.countDown();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host", "Content-Length", "Connection", "Expect", "Upgrade", "bad name"})
    void aHeaderThatTheClientDoesNotTakeIsAFailureOnOurSide(String name) {
        var request = new TransportRequest(
                TargetUrl.parse("http://127.0.0.1:1/"), List.of(new Header(name, "x")), Bytes.EMPTY, PLENTY);

        assertFailure(transport.send(request), AttemptOutcome.ERROR);
    }

    @Test
    void aClosedTransportFails() throws Exception {
        try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
            var closed = make(LOOPBACK);
            closed.close();

            assertFailure(closed.send(request(server, PLENTY)), AttemptOutcome.ERROR);
            assertFailure(closed.send(request("http://localhost/", PLENTY)), AttemptOutcome.ERROR);
            assertThat(server.connections()).isZero();
        }
    }

    @Test
    void refusalsAreThoseOfThePolicy() {
        try (var careful = withNames(AddressPolicy.publicOnly(), host -> addresses("93.184.215.14"));
                var local = withNames(LOOPBACK, host -> addresses("127.0.0.1"))) {
            assertThat(careful.refusal(TargetUrl.parse("https://127.0.0.1/"))).isPresent();
            assertThat(careful.refusal(TargetUrl.parse("https://localhost/"))).isPresent();
            assertThat(careful.refusal(TargetUrl.parse("https://example.com/"))).isEmpty();
            assertThat(local.refusal(TargetUrl.parse("https://127.0.0.1/"))).isEmpty();
            assertThat(local.refusal(TargetUrl.parse("https://localhost/"))).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.1", "93.184.215.14 169.254.169.254", "2606:4700::1 ::1", "::ffff:127.0.0.1"})
    void aNameWithAForbiddenAddressIsRefusedEarlyInWordsThatDoNotTellWhich(String found) {
        try (var careful = withNames(AddressPolicy.publicOnly(), host -> addresses(found))) {
            assertThat(careful.refusal(TargetUrl.parse("https://hooks.example/")))
                    .contains("the host has an address that may not be called");
        }
    }

    @Test
    void aNameThatIsNotKnownYetIsNotRefused() {
        try (var careful = withNames(AddressPolicy.publicOnly(), host -> {
            throw new UnknownHostException(host);
        })) {
            assertThat(careful.refusal(TargetUrl.parse("https://later.example/")))
                    .isEmpty();
        }
    }

    @Test
    void namesThatHangWhenTheyAreSetUpHoldUpNoRequest() throws Exception {
        var release = new CountDownLatch(1);
        try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                var busy = withNames(LOOPBACK, host -> {
                    if (host.startsWith("slow")) {
                        awaitWhateverComes(release);
                    }
                    return addresses("127.0.0.1");
                })) {
            var waiting = new ArrayList<CompletableFuture<Boolean>>();
            for (int i = 0; i < 40; i++) {
                var url = TargetUrl.parse("https://slow" + i + ".example/");
                waiting.add(CompletableFuture.supplyAsync(
                        () -> busy.refusal(url).isPresent(), task -> new Thread(task).start()));
            }

            assertThat(busy.send(request("http://localhost:" + server.port() + "/", PLENTY)))
                    .isInstanceOf(Response.class);

            // All of them in about the time that one takes, and none refused.
            for (var result : waiting) {
                assertThat(result.get(10, TimeUnit.SECONDS)).isFalse();
            }
        } finally {
            release.countDown();
        }
    }

    static void assertTimesOut(Supplier<TransportResult> attempt) {
        long start = System.nanoTime();
        var result = attempt.get();
        var took = Duration.ofNanos(System.nanoTime() - start);

        assertFailure(result, AttemptOutcome.TIMED_OUT);
        assertThat(took).isBetween(SHORT, SHORT.plusSeconds(5));
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    static void assertFailure(TransportResult result, AttemptOutcome outcome) {
        assertThat(result).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.outcome()).isEqualTo(outcome);
            assertThat(failure.detail())
                    .isNotBlank()
                    .doesNotContain("127.", "10.", "169.", "::", "garbage", "SSH", "Exception", "null");
        });
    }

    static TransportRequest request(ScriptedServer server, Duration timeout) {
        return request(server.url("/hooks"), timeout);
    }

    static TransportRequest request(String url, Duration timeout) {
        return new TransportRequest(
                TargetUrl.parse(url), List.of(new Header("webhook-id", "msg_1")), Bytes.utf8("{}"), timeout);
    }

    WebhookTransport withNames(AddressPolicy policy, Lookup.Names names) {
        return make(policy, names, 4 * 1024, 64 * 1024);
    }

    static InetAddress[] addresses(String texts) {
        return List.of(texts.split(" ", -1)).stream()
                .map(text -> IpLiteral.address(text, IpLiteral.parse(text)))
                .toArray(InetAddress[]::new);
    }

    static CompletableFuture<TransportResult> onAThreadOfItsOwn(Supplier<TransportResult> task) {
        var result = new CompletableFuture<TransportResult>();
        new Thread(() -> result.complete(task.get())).start();
        return result;
    }

    static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** As a look-up does, which no interrupt ends. */
    static void awaitWhateverComes(CountDownLatch latch) {
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                // Go on.
            }
        }
    }
}
