package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.TransportResult.Failure;
import dev.posthorn.webhook.spi.WebhookTransport;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** A part of {@link TransportContract}, and what all of them need. */
@Timeout(60)
abstract class TransportTests {
    static final AddressPolicy LOOPBACK = AddressPolicy.publicOnly().allowing("127.0.0.0/8");
    static final Duration PLENTY = Duration.ofSeconds(20);
    static final Duration SHORT = Duration.ofMillis(400);

    final WebhookTransport transport = make(LOOPBACK);

    /** A transport with these settings, and its own limits. */
    abstract WebhookTransport make(AddressPolicy policy, Lookup.Names names, int maxStored, int maxRead);

    WebhookTransport make(AddressPolicy policy) {
        return withNames(policy, InetAddress::getAllByName);
    }

    @AfterEach
    void close() {
        transport.close();
        assertThat(Thread.interrupted()).isFalse();
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
                UUID.randomUUID(),
                TargetUrl.parse(url),
                List.of(new Header("webhook-id", "msg_1")),
                Bytes.utf8("{}"),
                timeout);
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
