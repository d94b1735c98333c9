package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.NotFoundException;
import dev.posthorn.webhook.RetryPolicy;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Cancelling a delivery in each of its states. */
@Timeout(60)
@ParameterizedClass
@EnumSource(QueueKind.class)
class CancelTest {
    private static final RetryPolicy IN_TEN_MINUTES =
            RetryPolicy.schedule(Duration.ofMinutes(10)).jitter(0);

    private final Stage stage;
    private final RecordingListener listener = new RecordingListener();

    CancelTest(QueueKind kind) {
        stage = new Stage(kind);
    }

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void oneThatWaitsForItsFirstAttemptIsNeverSent() {
        var node = stage.start();
        var delivery = node.publishTo(
                        stage.subscribe(node, "/hook"),
                        stage.event().notBefore(stage.clock.now().plusSeconds(60)))
                .deliveryIds()
                .get(0);

        var cancelled = node.deliveries().cancel(delivery);

        assertThat(cancelled.status()).isEqualTo(DeliveryStatus.CANCELLED);
        assertThat(cancelled.completedAt()).isEqualTo(stage.clock.now());
        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).isEmpty();
        assertThat(stage.queue.stats().tickets()).isZero();
    }

    @Test
    void oneThatWaitsForARetryIsNotSentAgain() {
        stage.receiver.on("/hook").next(500);
        var node = stage.start(settings -> settings.retry(IN_TEN_MINUTES));
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        stage.awaitAttempts(delivery, 1);

        node.deliveries().cancel(delivery);

        stage.pass(Duration.ofMinutes(20));
        assertThat(stage.receiver.requests()).hasSize(1);
        assertThat(stage.delivery(delivery).attemptCount()).isEqualTo(1);
    }

    @Test
    void oneThatWaitsInALaneIsNotSent() {
        var gates = new Gates(200);
        stage.receiver.on("/hook").byDefault(gates);
        var node = stage.start(settings -> settings.maxInFlightPerSubscription(1));
        var deliveries = stage.publishTo(node, stage.subscribe(node, "/hook"), 2);
        stage.receiver.await(1);

        node.deliveries().cancel(deliveries.get(1));
        gates.openAll();

        stage.awaitStatus(deliveries.get(0), DeliveryStatus.SUCCEEDED);
        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).hasSize(1);
        assertThat(stage.delivery(deliveries.get(1)).status()).isEqualTo(DeliveryStatus.CANCELLED);
    }

    @Test
    void anAttemptThatRunsAndSucceedsMakesItSucceed() {
        var gates = new Gates(200);
        var delivery = cancelledWhileItRuns(gates);

        gates.openAll();

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        Stage.eventually(() -> assertThat(listener.kinds(delivery)).containsExactly("deliverySucceeded"));
    }

    @Test
    void anAttemptThatRunsAndFailsLeavesItCancelled() {
        var gates = new Gates(500);
        var delivery = cancelledWhileItRuns(gates);

        gates.openAll();

        stage.awaitAttempts(delivery, 1);
        Stage.eventually(() -> assertThat(listener.kinds(delivery)).containsExactly("leaseLost"));
        stage.pass(Duration.ofMinutes(20));
        assertThat(stage.delivery(delivery).status()).isEqualTo(DeliveryStatus.CANCELLED);
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    private UUID cancelledWhileItRuns(Gates gates) {
        stage.receiver.on("/hook").byDefault(gates);
        var node = stage.start(settings -> settings.retry(IN_TEN_MINUTES).listener(listener));
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        stage.receiver.await(1);

        var cancelled = node.deliveries().cancel(delivery);

        assertThat(cancelled.status()).isEqualTo(DeliveryStatus.CANCELLED);
        return delivery;
    }

    @Test
    void oneThatIsOverCannotBeCancelled() {
        stage.receiver.on("/hook").next(200, 500);
        var node = stage.start(settings -> settings.retry(RetryPolicy.never()));
        var subscription = stage.subscribe(node, "/hook");
        var succeeded = stage.publishTo(node, subscription);
        stage.awaitStatus(succeeded, DeliveryStatus.SUCCEEDED);
        var failed = stage.publishTo(node, subscription);
        stage.awaitStatus(failed, DeliveryStatus.FAILED);

        assertThatThrownBy(() -> node.deliveries().cancel(succeeded)).isInstanceOf(ConflictException.class);
        assertThatThrownBy(() -> node.deliveries().cancel(failed)).isInstanceOf(ConflictException.class);

        assertThat(stage.delivery(succeeded).status()).isEqualTo(DeliveryStatus.SUCCEEDED);
        assertThat(stage.delivery(failed).status()).isEqualTo(DeliveryStatus.FAILED);
    }

    @Test
    void oneThatIsCancelledStaysSo() {
        var node = stage.build();
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        var first = node.deliveries().cancel(delivery);
        stage.advance(Duration.ofSeconds(1));

        assertThat(node.deliveries().cancel(delivery)).isEqualTo(first);
    }

    @Test
    void oneThatIsNotThereIsNotFound() {
        var node = stage.build();

        assertThatThrownBy(() -> node.deliveries().cancel(UUID.randomUUID())).isInstanceOf(NotFoundException.class);
    }
}
