package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.NotFoundException;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Trying a delivery again by hand in each of its states. */
@Timeout(60)
@ParameterizedClass
@EnumSource(QueueKind.class)
class RetryByHandTest {
    private static final Duration DELAY = Duration.ofMinutes(10);

    private final Stage stage;

    RetryByHandTest(QueueKind kind) {
        stage = new Stage(kind);
    }

    @AfterEach
    void close() {
        stage.close();
    }

    private WebhookDispatcher start() {
        return stage.start(settings -> settings.maxInFlightPerSubscription(1)
                .retry(RetryPolicy.schedule(DELAY).jitter(0)));
    }

    private void assertTriedAgain(WebhookDispatcher node, UUID delivery) {
        int before = stage.attempts(delivery).size();
        int requests = stage.requestsFor(delivery).size();

        var pending = node.deliveries().retry(delivery);

        // It may have been sent by now.
        assertThat(pending.status()).isIn(DeliveryStatus.PENDING, DeliveryStatus.SUCCEEDED);
        stage.awaitAttempts(delivery, before + 1);
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.requestsFor(delivery)).hasSize(requests + 1);
    }

    @Test
    void oneThatSucceededIsSentAgainUnderTheSameIdAndTheNextNumber() {
        var node = start();
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);

        assertTriedAgain(node, delivery);

        assertThat(stage.attempts(delivery)).extracting(Attempt::number).containsExactly(1, 2);
        assertThat(stage.requestsFor(delivery))
                .extracting(request -> request.header("webhook-attempt").orElseThrow())
                .containsExactly("1", "2");
    }

    @Test
    void oneThatFailedBeginsANewRoundOfItsSchedule() {
        stage.receiver.on("/hook").next(500, 500, 500, 500);
        var node = start();
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        stage.awaitAttempts(delivery, 1);
        stage.pass(DELAY);
        var failed = stage.awaitStatus(delivery, DeliveryStatus.FAILED);
        assertThat(failed.failure()).isEqualTo(FailureReason.EXHAUSTED);

        var pending = node.deliveries().retry(delivery);

        assertThat(pending.failure()).isNull();
        assertThat(pending.completedAt()).isNull();
        stage.awaitAttempts(delivery, 3);
        assertThat(stage.delivery(delivery).status()).isEqualTo(DeliveryStatus.PENDING);
        stage.pass(DELAY.minusMillis(1));
        assertThat(stage.receiver.requests()).hasSize(3);
        stage.pass(Duration.ofMillis(1));
        stage.awaitStatus(delivery, DeliveryStatus.FAILED);
        assertThat(stage.attempts(delivery)).extracting(Attempt::number).containsExactly(1, 2, 3, 4);
        assertTriedAgain(node, delivery);
    }

    @Test
    void oneThatWasCancelledIsSent() {
        var node = start();
        var delivery = node.publishTo(
                        stage.subscribe(node, "/hook"),
                        stage.event().notBefore(stage.clock.now().plusSeconds(60)))
                .deliveryIds()
                .get(0);
        node.deliveries().cancel(delivery);

        assertTriedAgain(node, delivery);
    }

    @Test
    void oneThatWaitsIsSentAtOnceAndItsRoundGoesOn() {
        stage.receiver.on("/hook").next(500, 500);
        var node = start();
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        stage.awaitAttempts(delivery, 1);
        stage.rest();

        node.deliveries().retry(delivery);

        stage.awaitAttempts(delivery, 2);
        assertThat(stage.awaitStatus(delivery, DeliveryStatus.FAILED).failure()).isEqualTo(FailureReason.EXHAUSTED);
        stage.pass(DELAY);
        assertThat(stage.receiver.requests()).hasSize(2);
    }

    @Test
    void oneThatIsBeingSentConflicts() {
        var gates = new Gates(200);
        stage.receiver.on("/hook").byDefault(gates);
        var node = start();
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        stage.receiver.await(1);

        assertThatThrownBy(() -> node.deliveries().retry(delivery)).isInstanceOf(ConflictException.class);

        gates.openAll();
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.attempts(delivery)).hasSize(1);
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void oneOfADisabledSubscriptionConflicts() {
        var node = start();
        var subscription = stage.subscribe(node, "/hook");
        var delivery = stage.publishTo(node, subscription);
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        node.subscriptions().disable(subscription);

        assertThatThrownBy(() -> node.deliveries().retry(delivery)).isInstanceOf(ConflictException.class);

        assertThat(stage.delivery(delivery).status()).isEqualTo(DeliveryStatus.SUCCEEDED);
    }

    @Test
    void oneThatIsNotThereIsNotFound() {
        var node = start();

        assertThatThrownBy(() -> node.deliveries().retry(UUID.randomUUID())).isInstanceOf(NotFoundException.class);
    }

    @Test
    void anAttemptOfTheTimeBeforeTakesNothingFromTheNewRound() {
        var gates = new Gates(500);
        stage.receiver.on("/hook").byDefault(gates);
        var node = start();
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        stage.receiver.await(1);
        node.deliveries().cancel(delivery);
        node.deliveries().retry(delivery);

        gates.openAll();

        // The old attempt, then two of the new round: its first and the one that the schedule allows for.
        stage.elapse(DELAY.plusMinutes(3), Duration.ofSeconds(10));
        stage.awaitStatus(delivery, DeliveryStatus.FAILED);
        assertThat(stage.receiver.requests()).hasSize(3);
    }
}
