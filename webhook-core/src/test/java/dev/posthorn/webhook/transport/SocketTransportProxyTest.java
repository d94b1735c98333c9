package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.TransportResult.Failure;
import dev.posthorn.webhook.spi.TransportResult.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SocketTransportProxyTest {
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    @TempDir
    static Path folder;

    private static SSLContext trusted;

    @BeforeAll
    static void makeCertificate() throws Exception {
        var keys = folder.resolve("keys.p12");
        TestKeys.make(keys, "ip:127.0.0.1,dns:inside.example");
        trusted = TestKeys.context(keys);
    }

    @Test
    void aPlainUrlIsAskedForWhole() throws Exception {
        try (var proxy = new ScriptedServer(connection -> {
                    while (true) {
                        connection.readRequest();
                        connection.write(ANSWER);
                    }
                });
                var transport = transport(EgressProxy.at("http://127.0.0.1:" + proxy.port())
                        .credentials("me", "secret")
                        .header("X-Egress", "posthorn"))) {
            for (int i = 0; i < 3; i++) {
                assertThat(transport.send(request("http://inside.example:81/a?b=c")))
                        .isInstanceOf(Response.class);
                assertThat(proxy.takeRequest())
                        .isEqualTo(lines(
                                "POST http://inside.example:81/a?b=c HTTP/1.1",
                                "Host: inside.example:81",
                                "A: b",
                                "Proxy-Authorization: Basic bWU6c2VjcmV0",
                                "X-Egress: posthorn",
                                "Content-Length: 2",
                                "",
                                "{}"));
            }
            assertThat(proxy.connections()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 Made\r\n\r\n", "HTTP/1.0 200 Connection established\r\nX: y\r\n\r\n"})
    void aSecureUrlIsReachedThroughATunnel(String made) throws Exception {
        try (var target = target();
                var proxy = tunnelling(plainListener(), target, made);
                var transport = transport(
                        EgressProxy.at("http://127.0.0.1:" + proxy.port()).credentials("me", "secret"))) {
            assertTunnelled(transport, proxy, target);
        }
    }

    @Test
    void theProxyMayBeSpokenToInTls() throws Exception {
        var listener = trusted.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        try (var target = target();
                var proxy = tunnelling(listener, target, "HTTP/1.1 200 Made\r\n\r\n");
                var transport = transport(EgressProxy.at("https://127.0.0.1:" + proxy.port())
                        .sslContext(trusted)
                        .credentials("me", "secret"))) {
            assertTunnelled(transport, proxy, target);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "403, BLOCKED",
        "407, BLOCKED",
        "400, BLOCKED",
        "405, BLOCKED",
        "408, PROXY_FAILED",
        "429, PROXY_FAILED",
        "500, PROXY_FAILED",
        "503, PROXY_FAILED",
        "302, PROXY_FAILED",
        "502, UNREACHABLE",
        "504, UNREACHABLE",
    })
    void whatTheProxyAnswersToConnectIsItsOwn(int status, AttemptOutcome outcome) throws Exception {
        try (var proxy = answering("HTTP/1.1 " + status + " No\r\nContent-Length: 5\r\n\r\n10.1.");
                var transport = transport(EgressProxy.at("http://127.0.0.1:" + proxy.port()))) {
            assertFailure(transport.send(request("https://inside.example/")), outcome);
            proxy.takeEnd();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "SSH-2.0-x\r\n", "HTTP/1.1 200 Made\r\n", "HTTP/1.1 101 Switching\r\n\r\n"})
    void aProxyThatDoesNotAnswerProperlyHasFailed(String answer) throws Exception {
        try (var proxy = answering(answer);
                var transport = transport(EgressProxy.at("http://127.0.0.1:" + proxy.port()))) {
            assertFailure(transport.send(request("https://inside.example/")), AttemptOutcome.PROXY_FAILED);
        }
    }

    @Test
    void aProxyThatCannotBeReachedHasFailed() throws Exception {
        var closed = plainListener();
        closed.close();
        var proxy = EgressProxy.at("http://127.0.0.1:" + closed.getLocalPort());
        try (var unreachable = transport(proxy);
                var unknown = transport(EgressProxy.at("http://proxy.example"));
                var plain = notTls();
                var noTls = transport(EgressProxy.at("https://127.0.0.1:" + plain.port()))) {
            for (var url : List.of("https://inside.example/", "http://inside.example/")) {
                assertFailure(unreachable.send(request(url)), AttemptOutcome.PROXY_FAILED);
                assertFailure(unknown.send(request(url)), AttemptOutcome.PROXY_FAILED);
                assertFailure(noTls.send(request(url)), AttemptOutcome.PROXY_FAILED);
            }
        }
    }

    @Test
    void aProxyThatBreaksOffHasFailedAndOneThatWantsCredentialsRefuses() throws Exception {
        try (var breaking = answering("");
                var asking = answering("HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n");
                var first = transport(EgressProxy.at("http://127.0.0.1:" + breaking.port()));
                var second = transport(EgressProxy.at("http://127.0.0.1:" + asking.port()))) {
            assertFailure(first.send(request("http://inside.example/")), AttemptOutcome.PROXY_FAILED);
            assertFailure(second.send(request("http://inside.example/")), AttemptOutcome.BLOCKED);
        }
    }

    @Test
    void aTunnelThatIsNotMadeEndsAtTheDeadline() throws Exception {
        try (var proxy = new ScriptedServer(connection -> {
                    connection.readHead();
                    connection.awaitEnd();
                });
                var transport = transport(EgressProxy.at("http://127.0.0.1:" + proxy.port()))) {
            var request = new TransportRequest(
                    UUID.randomUUID(),
                    TargetUrl.parse("https://inside.example/"),
                    List.of(),
                    Bytes.EMPTY,
                    Duration.ofMillis(300));

            assertFailure(transport.send(request), AttemptOutcome.TIMED_OUT);
            proxy.takeEnd();
        }
    }

    @Test
    void theTargetsTlsIsStillTheTargets() throws Exception {
        try (var plain = notTls();
                var proxy = tunnelling(plainListener(), plain, "HTTP/1.1 200 Made\r\n\r\n");
                var transport = transport(EgressProxy.at("http://127.0.0.1:" + proxy.port()))) {
            assertFailure(transport.send(request("https://inside.example/")), AttemptOutcome.TLS_FAILED);
        }
    }

    @Test
    void aTargetThatSpeaksFirstDoesNotSpeakTls() throws Exception {
        try (var proxy = answering("HTTP/1.1 200 Made\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
                var transport = transport(EgressProxy.at("http://127.0.0.1:" + proxy.port()))) {
            assertFailure(transport.send(request("https://inside.example/")), AttemptOutcome.TLS_FAILED);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://10.0.0.1/", "https://[::1]/", "https://169.254.169.254/", "http://localhost/"})
    void anAddressInTheUrlIsJudgedHere(String url) throws Exception {
        try (var proxy = answering(ANSWER);
                var transport = transport(EgressProxy.at("http://127.0.0.1:" + proxy.port()))) {
            assertFailure(transport.send(request(url)), AttemptOutcome.BLOCKED);
            assertThat(transport.refusal(TargetUrl.parse(url))).isPresent();
            assertThat(proxy.connections()).isZero();
        }
    }

    @Test
    void aProxyIsCheckedWhenItIsSet() {
        assertThatThrownBy(() -> EgressProxy.at("http://proxy.example/path")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> EgressProxy.at("socks://proxy.example")).isInstanceOf(InvalidInputException.class);
        var proxy = EgressProxy.at("https://proxy.example:3128");
        assertThatThrownBy(() -> proxy.header("A B", "c")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> proxy.header("Content-Length", "1")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> proxy.header("A", "b\r\nc: d")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> proxy.credentials("a:b", "c")).isInstanceOf(InvalidInputException.class);
        assertThat(proxy.credentials("me", "secret")).hasToString("EgressProxy[https://proxy.example:3128/]");
    }

    private static void assertTunnelled(SocketTransport transport, ScriptedServer proxy, ScriptedServer target)
            throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(transport.send(request("https://inside.example/a"))).isInstanceOf(Response.class);
            assertThat(target.takeRequest())
                    .isEqualTo("POST /a HTTP/1.1\r\nHost: inside.example\r\nA: b\r\nContent-Length: 2\r\n\r\n{}");
        }
        assertThat(proxy.takeRequest())
                .isEqualTo(lines(
                        "CONNECT inside.example:443 HTTP/1.1",
                        "Host: inside.example:443",
                        "Proxy-Authorization: Basic bWU6c2VjcmV0",
                        "",
                        ""));
        assertThat(proxy.connections()).isEqualTo(1);
    }

    private static String lines(String... lines) {
        return String.join("\r\n", lines);
    }

    private static ScriptedServer target() throws IOException {
        var listener = trusted.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        return new ScriptedServer(listener, connection -> {
            while (true) {
                connection.readRequest();
                connection.write(ANSWER);
            }
        });
    }

    /** A proxy whose tunnels all lead to this server. */
    private static ScriptedServer tunnelling(ServerSocket listener, ScriptedServer target, String made) {
        return new ScriptedServer(listener, connection -> {
            connection.readRequest();
            try (var onward = new Socket(InetAddress.getLoopbackAddress(), target.port())) {
                connection.write(made);
                var back = CompletableFuture.runAsync(
                        () -> copy(onward, connection.socket), task -> new Thread(task).start());
                copy(connection.socket, onward);
                back.join();
            }
        });
    }

    private static void copy(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            Exchange.close(to);
        }
    }

    private static ScriptedServer answering(String answer) throws IOException {
        return new ScriptedServer(connection -> {
            connection.readHead();
            connection.write(answer);
            connection.socket.shutdownOutput();
            connection.awaitEnd();
        });
    }

    private static ScriptedServer notTls() throws IOException {
        return new ScriptedServer(connection -> {
            connection.write("HTTP/1.1 400 Bad\r\n\r\n");
            connection.awaitEnd();
        });
    }

    @Test
    void aNameThatIsSetUpIsNotLookedUpHere() throws Exception {
        var asked = new AtomicBoolean();
        try (var transport = SocketTransport.builder()
                .proxy(EgressProxy.at("http://127.0.0.1:1"))
                .names(host -> {
                    asked.set(true);
                    return new InetAddress[] {InetAddress.getLoopbackAddress()};
                })
                .build()) {
            assertThat(transport.refusal(TargetUrl.parse("https://inside.example/")))
                    .isEmpty();
            assertThat(asked).isFalse();
        }
    }

    private static ServerSocket plainListener() throws IOException {
        return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    /** Knows no names: the proxy does. */
    private static SocketTransport transport(EgressProxy proxy) {
        return SocketTransport.builder()
                .proxy(proxy)
                .sslContext(trusted)
                .names(host -> {
                    throw new UnknownHostException(host);
                })
                .build();
    }

    private static TransportRequest request(String url) {
        return new TransportRequest(
                UUID.randomUUID(),
                TargetUrl.parse(url),
                List.of(new Header("A", "b")),
                Bytes.utf8("{}"),
                Duration.ofSeconds(20));
    }

    private static void assertFailure(TransportResult result, AttemptOutcome outcome) {
        assertThat(result).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.outcome()).isEqualTo(outcome);
            assertThat(failure.detail()).isNotBlank().doesNotContain("127.", "10.", "::", "SSH", "Exception");
        });
    }
}
