package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
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
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which connections are kept, used again, replaced and closed. */
class SocketTransportConnectionTest extends TransportTests {
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
    void aKeptConnectionThatWasClosedIsReplacedOnce() throws Exception {
        try (var server = new ScriptedServer(connection -> {
            connection.readRequest();
            connection.write(ANSWER);
        })) {
            for (int i = 1; i <= 20; i++) {
                assertThat(transport.send(request(server, PLENTY))).isInstanceOf(Response.class);
                assertThat(server.connections()).isEqualTo(i);
            }
        }
    }

    @Test
    void aFreshConnectionThatIsClosedIsNotReplaced() throws Exception {
        var connections = new AtomicInteger();
        try (var server = new ScriptedServer(connection -> {
            boolean isFirst = connections.incrementAndGet() == 1;
            connection.readRequest();
            if (isFirst) {
                connection.write(ANSWER);
                connection.readRequest();
            }
        })) {
            assertThat(transport.send(request(server, PLENTY))).isInstanceOf(Response.class);
            assertFailure(transport.send(request(server, PLENTY)), AttemptOutcome.DISCONNECTED);
            assertFailure(transport.send(request(server, PLENTY)), AttemptOutcome.DISCONNECTED);
            assertThat(server.connections()).isEqualTo(3);
        }
    }

    /** Some of so many resets come while the transport still waits to hear that it is connected. */
    @Test
    void aConnectionThatIsResetAtOnceIsDisconnectedWheneverThatComes() throws Exception {
        try (var server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress())) {
            var url = "http://127.0.0.1:" + server.getLocalPort() + "/hooks";
            var threads = Executors.newCachedThreadPool();
            var resetting = CompletableFuture.runAsync(() -> resetEach(server), threads);
            var senders = Stream.generate(() -> CompletableFuture.supplyAsync(() -> send(url, 250), threads))
                    .limit(8)
                    .toList();
            for (var sender : senders) {
                assertThat(sender.join()).allSatisfy(result -> assertFailure(result, AttemptOutcome.DISCONNECTED));
            }
            server.close();
            resetting.join();
            threads.shutdown();
        }
    }

    private List<TransportResult> send(String url, int times) {
        return Stream.generate(() -> transport.send(request(url, PLENTY)))
                .limit(times)
                .toList();
    }

    private static void resetEach(ServerSocket server) {
        try {
            while (true) {
                var connection = server.accept();
                connection.setSoLinger(true, 0);
                connection.close();
            }
        } catch (IOException closed) {
            // All have been sent.
        }
    }

    @Test
    void aKeptConnectionThatBreaksOnceTheAnswerHasBegunIsNotReplaced() throws Exception {
        try (var server = new ScriptedServer(connection -> {
            connection.readRequest();
            connection.write(ANSWER);
            connection.readRequest();
            connection.write("H");
        })) {
            assertThat(transport.send(request(server, PLENTY))).isInstanceOf(Response.class);
            assertFailure(transport.send(request(server, PLENTY)), AttemptOutcome.DISCONNECTED);
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ANSWER + ANSWER,
                ANSWER + "x",
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
                "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
                "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
                "HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n"
            })
    void aConnectionThatDidNotEndItsAnswerCleanlyIsClosed(String answer) throws Exception {
        try (var server = new ScriptedServer(connection -> {
            connection.readRequest();
            connection.write(answer);
            connection.awaitEnd();
        })) {
            transport.send(request(server, PLENTY));

            server.takeEnd();
            assertThat(((SocketTransport) transport).idleConnections()).isZero();
        }
    }

    @Test
    void whatNobodyAskedForIsNotTakenForTheNextAnswer() throws Exception {
        var isAnswered = new CountDownLatch(1);
        var isPrepared = new CountDownLatch(1);
        try (var server = new ScriptedServer(connection -> {
            connection.readRequest();
            connection.write(ANSWER);
            if (isPrepared.getCount() > 0) {
                await(isAnswered);
                connection.write("HTTP/1.1 500 Forged\r\nContent-Length: 0\r\n\r\n");
                isPrepared.countDown();
                connection.awaitEnd();
            }
        })) {
            transport.send(request(server, PLENTY));
            isAnswered.countDown();
            await(isPrepared);

            assertThat(((Response) transport.send(request(server, PLENTY))).status())
                    .isEqualTo(200);
            assertThat(server.connections()).isEqualTo(2);
            server.takeEnd();
        }
    }

    @Test
    void connectionsAreUsedAgainUntilTheyAreOld() throws Exception {
        var now = new AtomicLong();
        try (var server = new ScriptedServer(SocketTransportConnectionTest::answerAll);
                var transport = SocketTransport.builder()
                        .addresses(LOOPBACK)
                        .clock(now::get)
                        .build()) {
            transport.send(request(server, PLENTY));
            now.addAndGet(TimeUnit.SECONDS.toNanos(29));
            transport.send(request(server, PLENTY));
            assertThat(server.connections()).isEqualTo(1);

            now.addAndGet(TimeUnit.SECONDS.toNanos(30));
            transport.send(request(server, PLENTY));
            assertThat(server.connections()).isEqualTo(2);

            for (int i = 0; i < 6; i++) {
                now.addAndGet(TimeUnit.SECONDS.toNanos(20));
                transport.send(request(server, PLENTY));
            }
            assertThat(server.connections()).isEqualTo(3);
        }
    }

    @Test
    void closingClosesWhatIsKept() throws Exception {
        var closing = SocketTransport.builder().addresses(LOOPBACK).build();
        try (var server = new ScriptedServer(connection -> {
            connection.readRequest();
            connection.write(ANSWER);
            connection.awaitEnd();
        })) {
            closing.send(request(server, PLENTY));
            assertThat(closing.idleConnections()).isEqualTo(1);

            closing.close();

            server.takeEnd();
            assertThat(closing.idleConnections()).isZero();
        }
    }

    @Test
    void answersAreNotMixedUpWhereverTheDeadlineFalls() throws Exception {
        try (var server = new ScriptedServer(connection -> {
            while (true) {
                var request = connection.readRequest();
                var id = request.substring(request.indexOf("\r\n\r\n") + 4);
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + id.length() + "\r\n\r\n" + id);
            }
        })) {
            var url = TargetUrl.parse(server.url("/"));
            var counts = new ArrayList<CompletableFuture<Integer>>();
            for (int i = 0; i < 8; i++) {
                var random = new Random(i);
                var name = "sender " + i + " request ";
                var count = new CompletableFuture<Integer>();
                counts.add(count);
                new Thread(() -> count.complete(echoed(url, name, random))).start();
            }

            int echoed = 0;
            for (var count : counts) {
                echoed += count.get(50, TimeUnit.SECONDS);
            }
            assertThat(echoed).isPositive();
        }
    }

    /** Sends 500 requests, half of them with hardly any time. Returns how many were answered. */
    private int echoed(TargetUrl url, String name, Random random) {
        int echoed = 0;
        for (int i = 0; i < 500; i++) {
            var body = Bytes.utf8(name + i);
            var timeout = random.nextBoolean() ? PLENTY : Duration.ofNanos(random.nextInt(3_000_000));
            var result = transport.send(new TransportRequest(UUID.randomUUID(), url, List.of(), body, timeout));
            if (result instanceof Response response) {
                assertThat(response.body()).isEqualTo(body);
                echoed++;
            } else {
                assertFailure(result, AttemptOutcome.TIMED_OUT);
                assertThat(timeout).isNotEqualTo(PLENTY);
            }
        }
        return echoed;
    }

    private static void answerAll(ScriptedServer.Connection connection) throws IOException {
        while (true) {
            connection.readRequest();
            connection.write(ANSWER);
        }
    }
}
