package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.TransportResult.Response;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom a transport calls and whom not. */
abstract class TransportAddressTests extends TransportTests {
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
                UUID.randomUUID(),
                TargetUrl.parse("http://127.0.0.1:1/"),
                List.of(new Header(name, "x")),
                Bytes.EMPTY,
                PLENTY);

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
}
