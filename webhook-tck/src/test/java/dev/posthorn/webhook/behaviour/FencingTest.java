package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.tck.Answer;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** One node's attempt takes so long that its lease runs out and another node takes the delivery over. */
@Timeout(60)
@ParameterizedClass
@EnumSource(QueueKind.class)
class FencingTest {
    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final RetryPolicy ONE_RETRY =
            RetryPolicy.schedule(Duration.ofHours(1)).jitter(0);

    private final Stage stage;
    private final RecordingListener listener = new RecordingListener();
    private final RecordingListener othersListener = new RecordingListener();
    private final CountDownLatch late = new CountDownLatch(1);

    FencingTest(QueueKind kind) {
        stage = new Stage(kind);
    }

    @AfterEach
    void close() {
        stage.close();
    }

    /** The slow node's request hangs; the other has been answered. */
    private UUID takenOver(Answer toTheSlowNode, Answer toTheOther) {
        stage.receiver.on("/hook").next(toTheSlowNode.heldBy(late), toTheOther);
        var trouble = new Trouble();
        var slow = stage.start(trouble, settings -> settings.listener(listener).retry(ONE_RETRY));
        stage.start(settings -> settings.listener(othersListener).retry(ONE_RETRY));
        var delivery = stage.publishTo(slow, stage.subscribe(slow, "/hook"));
        stage.receiver.await(1);
        // Else it might take the delivery over from itself.
        trouble.fail(Call.CLAIM);
        stage.advance(LEASE);
        stage.receiver.await(2);
        return delivery;
    }

    @Test
    void aLateFailureDoesNotUndoASuccess() {
        var delivery = takenOver(Answer.status(500), Answer.status(200));
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);

        late.countDown();

        Stage.eventually(() -> assertThat(listener.kinds(delivery)).containsExactly("leaseLost"));
        assertThat(stage.delivery(delivery).status()).isEqualTo(DeliveryStatus.SUCCEEDED);
        assertThat(stage.attempts(delivery))
                .extracting(attempt -> attempt.outcome())
                .containsExactlyInAnyOrder(AttemptOutcome.SUCCEEDED, AttemptOutcome.REJECTED);
    }

    @Test
    void aLateFailureDoesNotMoveTheRetryThatAnotherNodeSet() {
        var delivery = takenOver(Answer.status(500), Answer.status(500));
        stage.awaitAttempts(delivery, 1);
        var due = stage.delivery(delivery).nextAttemptAt();
        stage.advance(Duration.ofMinutes(1));

        late.countDown();

        stage.awaitAttempts(delivery, 2);
        Stage.eventually(() -> assertThat(listener.kinds(delivery)).containsExactly("leaseLost"));
        assertThat(stage.delivery(delivery).nextAttemptAt()).isEqualTo(due);
        assertThat(stage.delivery(delivery).status()).isEqualTo(DeliveryStatus.PENDING);
    }

    @Test
    void ofTwoFailuresAtOnceOnlyOneCounts() {
        var other = new CountDownLatch(1);
        var delivery = takenOver(Answer.status(500), Answer.status(500).heldBy(other));

        late.countDown();
        stage.awaitAttempts(delivery, 1);
        other.countDown();
        stage.awaitAttempts(delivery, 2);

        Stage.eventually(() -> assertThat(List.of(listener.kinds(delivery), othersListener.kinds(delivery)))
                .containsExactlyInAnyOrder(List.of("attemptFailed"), List.of("leaseLost")));
        var now = stage.delivery(delivery);
        assertThat(now.status()).isEqualTo(DeliveryStatus.PENDING);
        assertThat(now.nextAttemptAt()).isEqualTo(stage.clock.now().plus(Duration.ofHours(1)));
    }

    @Test
    void aLateSuccessStillCounts() {
        var delivery = takenOver(Answer.status(200), Answer.status(500));
        stage.awaitAttempts(delivery, 1);
        assertThat(stage.delivery(delivery).status()).isEqualTo(DeliveryStatus.PENDING);

        late.countDown();

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        Stage.eventually(() -> assertThat(listener.kinds(delivery)).containsExactly("deliverySucceeded"));
        stage.elapse(Duration.ofHours(2), Duration.ofMinutes(1));
        assertThat(stage.receiver.requests()).hasSize(2);
        assertThat(stage.queue.stats().tickets()).isZero();
    }
}
