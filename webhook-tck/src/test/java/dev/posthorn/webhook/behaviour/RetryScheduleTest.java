package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.tck.Answer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When a failed attempt is made again. */
@Timeout(60)
class RetryScheduleTest {
    private final Stage stage = new Stage();

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void eachAttemptComesAfterItsDelayAndNotBefore() {
        stage.receiver.on("/hook").byDefault(Answer.status(500));
        var policy = RetryPolicy.standard().jitter(0);
        var node = stage.start(settings -> settings.retry(policy));
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        stage.awaitAttempts(delivery, 1);

        int attempts = 1;
        for (var delay : policy.delays()) {
            stage.pass(delay.minusMillis(1));
            assertThat(stage.receiver.requests()).hasSize(attempts);
            stage.pass(Duration.ofMillis(1));
            stage.awaitAttempts(delivery, ++attempts);
        }

        var failed = stage.awaitStatus(delivery, DeliveryStatus.FAILED);
        assertThat(failed.failure()).isEqualTo(FailureReason.EXHAUSTED);
        assertThat(failed.attemptCount()).isEqualTo(8);
        stage.pass(Duration.ofDays(1));
        assertThat(stage.receiver.requests()).hasSize(8);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 200, 999, 1_001})
    void aDelayUnlikeThePollIntervalIsKeptToo(long millis) {
        stage.receiver.on("/hook").next(500);
        var node = stage.start(settings ->
                settings.retry(RetryPolicy.schedule(Duration.ofMillis(millis)).jitter(0)));
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        // Without a delay the second attempt may have been made before anybody looks.
        if (millis > 0) {
            stage.awaitAttempts(delivery, 1);
            stage.pass(Duration.ofMillis(millis - 1));
            assertThat(stage.receiver.requests()).hasSize(1);
            stage.pass(Duration.ofMillis(1));
        }

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void jitterLengthensADelayByUpToItsPart() {
        stage.receiver.on("/hook").byDefault(Answer.status(500));
        var node = stage.start(settings -> settings.breaker(null)
                .retry(RetryPolicy.schedule(Duration.ofSeconds(100)).jitter(0.5)));
        var deliveries = stage.publishTo(node, stage.subscribe(node, "/hook"), 50);

        deliveries.forEach(id -> stage.awaitAttempts(id, 1));

        var delays = deliveries.stream()
                .map(id ->
                        Duration.between(stage.clock.now(), stage.delivery(id).nextAttemptAt()))
                .toList();
        assertThat(delays)
                .allSatisfy(delay -> assertThat(delay).isBetween(Duration.ofSeconds(100), Duration.ofSeconds(150)));
        assertThat(delays).anySatisfy(delay -> assertThat(delay).isLessThan(Duration.ofSeconds(115)));
        assertThat(delays).anySatisfy(delay -> assertThat(delay).isGreaterThan(Duration.ofSeconds(130)));
    }

    @Test
    void aSubscriptionsOwnPolicyGoesBeforeTheGeneralOne() {
        stage.receiver.onAnyPath().byDefault(Answer.status(500));
        var node = stage.start(settings -> settings.retry(RetryPolicy.schedule(Duration.ofHours(1))));
        var impatient = stage.subscribe(node, "/hook", settings -> settings.retry(RetryPolicy.never()));

        var delivery = stage.publishTo(node, impatient);

        assertThat(stage.awaitStatus(delivery, DeliveryStatus.FAILED).failure()).isEqualTo(FailureReason.EXHAUSTED);
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 301, 302, 303, 304, 307, 308})
    void aRedirectIsAFailureAndIsNotFollowed(int status) {
        stage.receiver.on("/hook").next(Answer.status(status).header("Location", stage.receiver.url("/elsewhere")));
        var node = stage.start(settings ->
                settings.retry(RetryPolicy.schedule(Duration.ofMinutes(1)).jitter(0)));
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));

        var attempt = stage.awaitAttempts(delivery, 1).get(0);
        assertThat(attempt.outcome()).isEqualTo(AttemptOutcome.REJECTED);
        assertThat(attempt.statusCode()).isEqualTo(status);
        stage.pass(Duration.ofMinutes(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.receiver.requests("/elsewhere")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 404, 409, 422, 500, 502, 504, 599})
    void anyOtherStatusIsTriedAgain(int status) {
        stage.receiver.on("/hook").next(status);
        var node = stage.start(settings ->
                settings.retry(RetryPolicy.schedule(Duration.ofMinutes(1)).jitter(0)));
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));

        assertThat(stage.awaitAttempts(delivery, 1).get(0).statusCode()).isEqualTo(status);
        stage.pass(Duration.ofMinutes(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 202, 204, 299})
    void everyStatusThatSaysSuccessIsOne(int status) {
        stage.receiver.on("/hook").byDefault(Answer.status(status));
        var node = stage.start();

        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.attempts(delivery).get(0).statusCode()).isEqualTo(status);
    }

    @Test
    void aConnectionThatBreaksIsTriedAgain() {
        stage.receiver.on("/hook").next(Answer.drop());
        var node = stage.start(settings ->
                settings.retry(RetryPolicy.schedule(Duration.ofMinutes(1)).jitter(0)));
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));

        var attempt = stage.awaitAttempts(delivery, 1).get(0);
        assertThat(attempt.outcome()).isEqualTo(AttemptOutcome.DISCONNECTED);
        assertThat(attempt.statusCode()).isNull();
        assertThat(attempt.error()).isNotBlank();
        stage.pass(Duration.ofMinutes(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }
}
