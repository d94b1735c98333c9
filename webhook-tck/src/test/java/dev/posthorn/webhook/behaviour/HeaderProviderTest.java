package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.HeaderProvider;
import dev.posthorn.webhook.OutgoingRequest;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.TargetUrl;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Headers that the host gives when a request is sent. */
@Timeout(60)
class HeaderProviderTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final String TOKEN = "Bearer 0123456789abcdef";

    private final Stage stage = new Stage();

    @AfterEach
    void close() {
        stage.close();
    }

    private WebhookDispatcher start(HeaderProvider... providers) {
        return stage.start(settings -> {
            for (var provider : providers) {
                settings.headers(provider);
            }
            return settings.retry(RetryPolicy.schedule(MINUTE, MINUTE).jitter(0));
        });
    }

    /** Fails the first time it is asked. */
    private static HeaderProvider failingOnce(HeaderProvider failing) {
        return request -> request.attempt() == 1 ? failing.headersFor(request) : Map.of("Authorization", TOKEN);
    }

    /** The attempt that failed, after which the next one has succeeded and was the only one sent. */
    private Attempt failedAttempt(WebhookDispatcher node) {
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        var failed = stage.awaitAttempts(delivery, 1).get(0);
        assertThat(stage.delivery(delivery).status()).isEqualTo(DeliveryStatus.PENDING);
        assertThat(stage.receiver.requests()).isEmpty();
        stage.pass(MINUTE);
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.receiver.requests())
                .singleElement()
                .satisfies(
                        request -> assertThat(request.header("Authorization")).contains(TOKEN));
        return failed;
    }

    @Test
    void theyAreAskedForAnewBeforeEveryAttemptAndKnowWhatIsSent() {
        stage.receiver.on("/hook").next(500);
        Queue<OutgoingRequest> asked = new ConcurrentLinkedQueue<>();
        var node = start(request -> {
            asked.add(request);
            return Map.of("Authorization", "Bearer token-" + request.attempt());
        });
        var subscription = stage.subscribe(node, "/hook");
        var delivery = stage.publishTo(node, subscription);
        stage.awaitAttempts(delivery, 1);
        stage.pass(MINUTE);
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);

        assertThat(stage.receiver.requests())
                .extracting(request -> request.header("authorization").orElseThrow())
                .containsExactly("Bearer token-1", "Bearer token-2");
        assertThat(asked).extracting(OutgoingRequest::attempt).containsExactly(1, 2);
        assertThat(asked).allSatisfy(request -> {
            assertThat(request.deliveryId()).isEqualTo(delivery);
            assertThat(request.event().id()).isEqualTo(stage.delivery(delivery).eventId());
            assertThat(request.subscription())
                    .isEqualTo(node.subscriptions().get(subscription).orElseThrow());
            assertThat(request.url()).isEqualTo(TargetUrl.parse(stage.receiver.url("/hook")));
        });
    }

    @Test
    void theyReplaceThoseOfTheSameNameAndTheLastProviderWins() {
        var node = start(
                request -> Map.of("x-one", "first provider", "X-Two", "first provider"),
                request -> Map.of("X-ONE", "second provider"));
        var subscription = stage.subscribe(
                node, "/hook", settings -> settings.headers(Map.of("X-One", "subscription", "X-Kept", "kept")));

        node.publishTo(subscription, stage.event().header("X-TWO", "event").header("X-Three", "event"));

        var request = stage.receiver.await(1).get(0);
        assertThat(request.headers("X-One")).containsExactly("second provider");
        assertThat(request.headers("X-Two")).containsExactly("first provider");
        assertThat(request.headers("X-Three")).containsExactly("event");
        assertThat(request.headers("X-Kept")).containsExactly("kept");
        assertThat(request.headers("webhook-id")).hasSize(1);
    }

    @Test
    void aProviderThatThrowsFailsTheAttemptAndItsMessageIsNotShown() {
        var failed = failedAttempt(start(failingOnce(request -> {
            throw new IllegalStateException("token " + TOKEN + " has expired");
        })));

        assertThat(failed.outcome()).isEqualTo(AttemptOutcome.ERROR);
        assertThat(failed.error()).contains("IllegalStateException").doesNotContain("token", "expired");
    }

    @Test
    void aProviderMayThrowCheckedExceptionsToo() {
        var failed = failedAttempt(start(failingOnce(request -> {
            throw new IOException("the token service is away");
        })));

        assertThat(failed.outcome()).isEqualTo(AttemptOutcome.ERROR);
        assertThat(failed.error()).contains("IOException");
    }

    @Test
    void aMissingMapIsAFailureLikeAnyOther() {
        assertThat(failedAttempt(start(failingOnce(request -> null))).outcome()).isEqualTo(AttemptOutcome.ERROR);
    }

    @Test
    void aMissingValueIsAFailureLikeAnyOther() {
        var failed = failedAttempt(start(failingOnce(request -> Collections.singletonMap("X-Null", null))));

        assertThat(failed.outcome()).isEqualTo(AttemptOutcome.ERROR);
    }

    @Test
    void headersThatMayNotBeSetFailTheAttemptByName() {
        var failed = failedAttempt(start(
                failingOnce(request -> Map.of("webhook-signature", TOKEN, "X-Split", TOKEN + "\r\nHost: elsewhere"))));

        assertThat(failed.outcome()).isEqualTo(AttemptOutcome.ERROR);
        assertThat(failed.error())
                .contains("headers[webhook-signature]: ", "headers[X-Split]: ")
                .doesNotContain(TOKEN, "elsewhere");
    }

    @Test
    void noValueOfAHeaderReachesTheLog() {
        var logger = (Logger) LoggerFactory.getLogger("dev.posthorn");
        var appender = new ListAppender<ILoggingEvent>();
        appender.start();
        logger.addAppender(appender);
        logger.setLevel(Level.TRACE);
        logger.setAdditive(false);
        try {
            failedAttempt(start(failingOnce(request -> Map.of("X-Bad", TOKEN + "\n"))));
        } finally {
            logger.setLevel(null);
            logger.setAdditive(true);
            logger.detachAppender(appender);
        }

        var events = List.copyOf(appender.list);
        assertThat(events)
                .anySatisfy(event -> assertThat(event.getFormattedMessage()).contains("headers[X-Bad]"));
        assertThat(events)
                .noneSatisfy(event -> assertThat(event.getFormattedMessage() + event.getKeyValuePairs())
                        .contains("0123456789abcdef"));
    }

    @Test
    void aSlowProviderIsInterruptedWhenTheAttemptsTimeIsUp() {
        var never = new CountDownLatch(1);
        var node = start(failingOnce(request -> {
            never.await();
            return Map.of();
        }));
        var subscription = stage.subscribe(
                node,
                "/hook",
                settings -> settings.timeout(Duration.ofMillis(100)).maxInFlight(1));
        var deliveries = stage.publishTo(node, subscription, 2);

        // The second is often sent by the same thread, which must not still be interrupted then.
        for (var delivery : deliveries) {
            assertThat(stage.awaitAttempts(delivery, 1).get(0).outcome()).isEqualTo(AttemptOutcome.ERROR);
        }
        assertThat(stage.receiver.requests()).isEmpty();
        Stage.change(node, subscription, settings -> settings.timeout(null));
        stage.pass(MINUTE);
        deliveries.forEach(delivery -> stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED));
    }

    @Test
    void whatAProviderThatIgnoresInterruptsGivesTooLateIsNotSent() {
        var node = start(failingOnce(request -> {
            awaitInterrupt();
            return Map.of("Authorization", "too late");
        }));
        var subscription = stage.subscribe(node, "/hook", settings -> settings.timeout(Duration.ofMillis(100)));
        var delivery = stage.publishTo(node, subscription);

        assertThat(stage.awaitAttempts(delivery, 1).get(0).outcome()).isEqualTo(AttemptOutcome.ERROR);
        assertThat(stage.receiver.requests()).isEmpty();
    }

    @Test
    void whatAProviderTakesIsMissingFromTheTimeout() {
        Queue<Duration> timeouts = new ConcurrentLinkedQueue<>();
        var real = Stage.loopback();
        var node = stage.start(settings -> settings.transport(new NotingTransport(real, timeouts))
                .timeout(Duration.ofSeconds(15))
                .retry(RetryPolicy.schedule(MINUTE, MINUTE).jitter(0))
                .headers(request -> {
                    stage.clock.advance(Duration.ofSeconds(request.attempt() == 1 ? 15 : 14));
                    return Map.of();
                }));
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));

        var first = stage.awaitAttempts(delivery, 1).get(0);
        assertThat(first.outcome()).isEqualTo(AttemptOutcome.ERROR);
        assertThat(first.duration()).isEqualTo(Duration.ofSeconds(15));
        stage.pass(MINUTE);
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(timeouts).containsExactly(Duration.ofSeconds(1));
    }

    @Test
    void aNodeThatClosesDoesNotWaitForAProviderThatHangs() {
        var asked = new CountDownLatch(1);
        var never = new CountDownLatch(1);
        var node = start(request -> {
            asked.countDown();
            never.await();
            return Map.of();
        });
        UUID delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        Stage.eventually(() -> assertThat(asked.getCount()).isZero());

        stage.stop(node, Duration.ZERO);

        assertThat(stage.attempts(delivery))
                .singleElement()
                .satisfies(attempt -> assertThat(attempt.outcome()).isEqualTo(AttemptOutcome.ERROR));
        assertThat(stage.delivery(delivery).status()).isEqualTo(DeliveryStatus.PENDING);
    }

    private static void awaitInterrupt() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException ignored) {
            // As some libraries do, alas.
        }
    }

    /** The real transport, which notes how long it may take. */
    private record NotingTransport(WebhookTransport real, Queue<Duration> timeouts) implements WebhookTransport {
        @Override
        public TransportResult send(TransportRequest request) {
            timeouts.add(request.timeout());
            return real.send(request);
        }

        @Override
        public Optional<String> refusal(TargetUrl url) {
            return real.refusal(url);
        }

        @Override
        public void close() {
            real.close();
        }
    }
}
