package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class HandshakeTurnsTest {
    @TempDir
    static Path folder;

    private static Path keys;
    private static SSLContext ofServer;

    private final HandshakeTurns turns = new HandshakeTurns(1);
    private final SlowTrust trust = new SlowTrust();

    @BeforeAll
    static void makeCertificate() throws Exception {
        keys = folder.resolve("localhost.p12");
        TestKeys.make(keys, "ip:127.0.0.1");
        ofServer = TestKeys.context(keys);
    }

    @Test
    void onlySoManyHandshakesAreComputedAtATime() throws Exception {
        try (var server = answering();
                var transport = transport(trusting(trust))) {
            var first = send(transport, server, Duration.ofSeconds(30));
            trust.awaitCheck();
            var second = send(transport, server, Duration.ofSeconds(30));
            while (turns.waiting() == 0 && !second.isDone()) {
                Thread.onSpinWait();
            }
            assertThat(trust.checks.get()).isOne();
            trust.mayEnd.countDown();
            assertThat(first.get()).isInstanceOf(TransportResult.Response.class);
            assertThat(second.get()).isInstanceOf(TransportResult.Response.class);
            assertThat(trust.checks.get()).isEqualTo(2);
        }
    }

    @Test
    void whoeverWaitsForTheOtherSideHoldsNoTurn() throws Exception {
        var hasBegun = new CountDownLatch(1);
        try (var silent = new ScriptedServer(connection -> {
                    connection.socket.getInputStream().read();
                    hasBegun.countDown();
                    connection.awaitEnd();
                });
                var server = answering();
                var transport = transport(TestKeys.context(keys))) {
            var stuck = send(transport, silent, Duration.ofSeconds(30));
            assertThat(hasBegun.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(send(transport, server, Duration.ofSeconds(20)).get())
                    .isInstanceOf(TransportResult.Response.class);
            assertThat(stuck).isNotDone();
        }
    }

    @Test
    void aTurnThatDoesNotComeIsATimeout() throws Exception {
        try (var server = answering();
                var transport = transport(trusting(trust))) {
            var first = send(transport, server, Duration.ofSeconds(30));
            trust.awaitCheck();
            assertThat(send(transport, server, Duration.ofMillis(200)).get())
                    .isInstanceOfSatisfying(
                            TransportResult.Failure.class,
                            failure -> assertThat(failure.outcome()).isEqualTo(AttemptOutcome.TIMED_OUT));
            trust.mayEnd.countDown();
            assertThat(first.get()).isInstanceOf(TransportResult.Response.class);
            assertThat(send(transport, server, Duration.ofSeconds(20)).get())
                    .isInstanceOf(TransportResult.Response.class);
        }
    }

    @Test
    void aHandshakeThatFailsGivesItsTurnBack() throws Exception {
        try (var rude = new ScriptedServer(connection -> connection.write("no TLS at all, and nothing like it\r\n"));
                var server = answering();
                var transport = transport(TestKeys.context(keys))) {
            for (int i = 0; i < 3; i++) {
                assertThat(send(transport, rude, Duration.ofSeconds(20)).get())
                        .isInstanceOf(TransportResult.Failure.class);
            }
            assertThat(send(transport, server, Duration.ofSeconds(20)).get())
                    .isInstanceOf(TransportResult.Response.class);
        }
    }

    private SocketTransport transport(SSLContext context) {
        return SocketTransport.builder()
                .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                .sslContext(context)
                .turns(turns)
                .build();
    }

    private static ScriptedServer answering() throws Exception {
        return new ScriptedServer(
                ofServer.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress()),
                connection -> {
                    connection.readRequest();
                    connection.write("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
                    connection.awaitEnd();
                });
    }

    private static CompletableFuture<TransportResult> send(
            SocketTransport transport, ScriptedServer server, Duration timeout) {
        var request = new TransportRequest(
                UUID.randomUUID(),
                TargetUrl.parse("https://127.0.0.1:" + server.port() + "/hooks"),
                List.of(),
                Bytes.utf8("hello"),
                timeout);
        var result = new CompletableFuture<TransportResult>();
        new Thread(() -> result.complete(transport.send(request))).start();
        return result;
    }

    private static SSLContext trusting(TrustManager trust) throws Exception {
        var context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {trust}, null);
        return context;
    }

    /** Trusts everybody, once it may: its checks are a part of the handshake's computing. */
    private static final class SlowTrust extends X509ExtendedTrustManager {
        final AtomicInteger checks = new AtomicInteger();
        final CountDownLatch mayEnd = new CountDownLatch(1);
        private final CountDownLatch hasBegun = new CountDownLatch(1);

        void awaitCheck() throws InterruptedException {
            assertThat(hasBegun.await(20, TimeUnit.SECONDS)).isTrue();
        }

        private void check() throws CertificateException {
            checks.incrementAndGet();
            hasBegun.countDown();
            try {
                mayEnd.await();
            } catch (InterruptedException e) {
                throw new CertificateException(e);
            }
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
            throw new AssertionError();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
            throw new AssertionError();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
            throw new AssertionError();
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
