package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.spi.TransportResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Requests that are not answered, or not well. */
abstract class TransportFailureTests extends TransportTests {
    private static final Duration SHORT = Duration.ofMillis(500);
    /** How late a deadline may be kept on a busy machine. */
    private static final Duration SLACK = Duration.ofSeconds(5);

    @Test
    void anAnswerThatDoesNotComeTimesOut() {
        receiver.onAnyPath().byDefault(Answer.status(200).heldBy(new CountDownLatch(1)));
        assertTimesOut();
    }

    @Test
    void aBodyThatDoesNotEndTimesOut() {
        receiver.onAnyPath()
                .byDefault(Answer.status(200).body(Bytes.wrap(new byte[1_000])).dripping(Duration.ofMillis(50)));
        assertTimesOut();
    }

    @Test
    void aHeaderThatDoesNotEndTimesOut() {
        var text = "HTTP/1.1 200 OK\r\n" + "X-Slow: 1\r\n".repeat(100);
        receiver.onAnyPath().byDefault(Answer.raw(Bytes.utf8(text)).dripping(Duration.ofMillis(50)));
        assertTimesOut();
    }

    private void assertTimesOut() {
        long start = System.nanoTime();
        assertFailed(AttemptOutcome.TIMED_OUT, send(SHORT));

        var took = Duration.ofNanos(System.nanoTime() - start);
        assertThat(took).isBetween(SHORT.minusMillis(50), SHORT.plus(SLACK));
        assertThat(receiver.requests()).hasSize(1);
    }

    @Test
    void whatTimedOutHoldsNoConnection() {
        var gate = new CountDownLatch(1);
        receiver.onAnyPath().byDefault(Answer.status(200).heldBy(gate));
        for (int i = 0; i < 5; i++) {
            assertFailed(AttemptOutcome.TIMED_OUT, send(Duration.ofMillis(100)));
        }
        // The receiver notices when it goes on.
        gate.countDown();
        receiver.awaitNoConnections();
    }

    @Test
    void aConnectionThatIsClosedInsteadOfAnAnswerIsDisconnected() {
        receiver.onAnyPath().byDefault(Answer.drop());
        assertFailed(AttemptOutcome.DISCONNECTED, send());
        assertThat(receiver.requests())
                .as("sent once, for it may have been received")
                .hasSize(1);
    }

    @Test
    void aConnectionThatIsResetIsDisconnected() {
        receiver.onAnyPath().byDefault(Answer.reset());
        assertFailed(AttemptOutcome.DISCONNECTED, send());
        assertThat(receiver.requests()).hasSize(1);
    }

    @Test
    void anAnswerThatBreaksOffIsDisconnected() {
        receiver.onAnyPath()
                .byDefault(Answer.status(200).body(Bytes.utf8("only a part")).cut());
        assertFailed(AttemptOutcome.DISCONNECTED, send());
        assertThat(receiver.requests()).hasSize(1);
    }

    @Test
    void whatIsNotHttpIsABadResponse() {
        receiver.onAnyPath()
                .byDefault(Answer.raw(Bytes.utf8("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n\r\nmore of it\r\n\r\n")));
        assertFailed(AttemptOutcome.BAD_RESPONSE, send());
        assertThat(receiver.requests()).hasSize(1);
    }

    @Test
    void aStatusThatDoesNotExistIsABadResponse() {
        receiver.onAnyPath().byDefault(Answer.status(999));
        assertFailed(AttemptOutcome.BAD_RESPONSE, send());
    }

    @Test
    void anEndlessHeaderIsABadResponse() {
        var text = "HTTP/1.1 200 OK\r\n" + "X-Flood: 0123456789abcdef\r\n".repeat(200_000);
        receiver.onAnyPath().byDefault(Answer.raw(Bytes.utf8(text)));

        // The sender may hang up before the receiver is through, which can look like a broken connection to either.
        assertThat(send())
                .isInstanceOfSatisfying(
                        TransportResult.Failure.class,
                        failure -> assertThat(failure.outcome())
                                .isIn(AttemptOutcome.BAD_RESPONSE, AttemptOutcome.DISCONNECTED));
    }

    @Test
    void aPortThatNobodyListensOnIsUnreachable() throws IOException {
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            port = socket.getLocalPort();
        }
        var request = request("http://127.0.0.1:" + port + "/hooks", List.of(), BODY, AMPLE);
        assertFailed(AttemptOutcome.UNREACHABLE, transport.send(request));
    }

    /** RFC 6761 §6.4: no name ends in {@code .invalid}. */
    @Test
    void aNameThatDoesNotExistIsUnresolved() {
        var request = request("http://posthorn.invalid/hooks", List.of(), BODY, AMPLE);
        assertFailed(AttemptOutcome.UNRESOLVED, transport.send(request));
    }

    @Test
    void afterAFailureTheNextRequestIsSent() {
        receiver.onAnyPath()
                .next(
                        Answer.drop(),
                        Answer.status(200),
                        Answer.reset(),
                        Answer.status(200).cut());
        assertFailed(AttemptOutcome.DISCONNECTED, send());
        response(send());
        assertThat(Stream.of(send(), send(), send()).toList().get(2)).isInstanceOf(TransportResult.Response.class);
    }

    @Test
    void anInterruptedThreadEndsSoonWithAFailure() throws Exception {
        receiver.onAnyPath().byDefault(Answer.status(200).heldBy(new CountDownLatch(1)));
        var sending = new FutureTask<>(() -> send(Duration.ofMinutes(5)));
        var thread = new Thread(sending, "interrupted sender");
        thread.setDaemon(true);
        thread.start();
        receiver.await(1);
        thread.interrupt();

        assertThat(sending.get(SLACK.toSeconds(), TimeUnit.SECONDS)).isInstanceOf(TransportResult.Failure.class);
    }
}
