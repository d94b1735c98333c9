package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.RetryPolicy;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What came of a request is kept until it has been recorded, and meanwhile nothing is sent for want of knowing it. */
@Timeout(60)
@ParameterizedClass
@EnumSource(QueueKind.class)
class OutcomeKeptTest {
    private static final RetryPolicy IN_TEN_MINUTES =
            RetryPolicy.schedule(Duration.ofMinutes(10)).jitter(0);

    private final Stage stage;
    private final Trouble trouble = new Trouble();
    private final RecordingListener listener = new RecordingListener();

    OutcomeKeptTest(QueueKind kind) {
        stage = new Stage(kind);
    }

    @AfterEach
    void close() {
        stage.close();
    }

    private void awaitRecordTried() {
        Stage.eventually(() -> assertThat(trouble.made(Call.RECORD)).isPositive());
        stage.awaitParked();
    }

    @Test
    void anOutcomeThatCouldNotBeWrittenIsWrittenLaterAndNothingIsSentTwice() {
        var node = stage.start(trouble, settings -> settings.listener(listener));
        trouble.fail(Call.RECORD);
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        awaitRecordTried();

        stage.elapseMeanwhile(Duration.ofMinutes(5), Duration.ofSeconds(5));
        assertThat(stage.delivery(delivery).status()).isEqualTo(DeliveryStatus.PENDING);
        assertThat(listener.told()).isEmpty();
        trouble.healAll();
        stage.elapse(Duration.ofMinutes(5), Duration.ofSeconds(5));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.attempts(delivery)).hasSize(1);
        assertThat(stage.receiver.requests()).hasSize(1);
        Stage.eventually(() -> assertThat(listener.kinds(delivery)).containsExactly("deliverySucceeded"));
    }

    @Test
    void nothingMoreIsClaimedOrHandedOffMeanwhile() {
        var node = stage.start(trouble);
        var subscription = stage.subscribe(node, "/hook");
        trouble.fail(Call.RECORD);
        stage.publishTo(node, subscription);
        awaitRecordTried();
        int claims = trouble.made(Call.CLAIM);

        var later = stage.publishTo(node, subscription);
        stage.elapseMeanwhile(Duration.ofSeconds(30), Duration.ofSeconds(1));

        assertThat(trouble.made(Call.CLAIM)).isEqualTo(claims);
        assertThat(stage.receiver.requests()).hasSize(1);
        trouble.healAll();
        stage.elapse(Duration.ofMinutes(1), Duration.ofSeconds(1));
        stage.awaitStatus(later, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void aSuccessWhoseRecordingLostItsAnswerIsRecordedOnce() {
        var node = stage.start(trouble, settings -> settings.listener(listener));
        trouble.loseAnswerOnce(Call.RECORD);
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        awaitRecordTried();

        stage.elapse(Duration.ofMinutes(5), Duration.ofSeconds(5));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.attempts(delivery)).hasSize(1);
        assertThat(stage.receiver.requests()).hasSize(1);
        Stage.eventually(() -> assertThat(listener.kinds(delivery)).containsExactly("deliverySucceeded"));
        assertThat(stage.queue.stats().tickets()).isZero();
    }

    @Test
    void aFailureWhoseRecordingLostItsAnswerIsRetriedOnTime() {
        stage.receiver.on("/hook").next(500);
        var node = stage.start(trouble, settings -> settings.listener(listener).retry(IN_TEN_MINUTES));
        trouble.loseAnswerOnce(Call.RECORD);
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        awaitRecordTried();

        stage.elapse(Duration.ofMinutes(10).minusSeconds(1), Duration.ofSeconds(1));
        assertThat(stage.receiver.requests()).hasSize(1);
        stage.elapse(Duration.ofSeconds(2), Duration.ofSeconds(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.attempts(delivery)).hasSize(2);
        Stage.eventually(
                () -> assertThat(listener.kinds(delivery)).containsExactly("attemptFailed", "deliverySucceeded"));
    }

    @Test
    void aClaimThatReturnsADeliveryWhoseOutcomeStillWaitsIsNoReasonToSendAgain() {
        stage.receiver.on("/second").next(500);
        var node = stage.start(trouble, settings -> settings.listener(listener).retry(IN_TEN_MINUTES));
        var second = stage.subscribe(node, "/second");
        var hold = trouble.hold(Call.RECORD);
        var first = stage.publishTo(node, stage.subscribe(node, "/first"));
        hold.awaitReached();
        // Its outcome waits behind the first one's.
        var delivery = stage.publishTo(node, second);
        Stage.eventually(() -> assertThat(Stage.part(node, "recorder").detail()).startsWith("2 "));
        int claims = trouble.made(Call.CLAIM);

        stage.clock.advance(Duration.ofSeconds(61));
        Stage.eventually(() -> assertThat(trouble.made(Call.CLAIM)).isGreaterThan(claims));
        // All but the one that records.
        stage.clock.awaitParked(5);
        hold.release();

        stage.awaitStatus(first, DeliveryStatus.SUCCEEDED);
        stage.awaitAttempts(delivery, 1);
        Stage.eventually(() -> assertThat(listener.kinds(delivery)).containsExactly("attemptFailed"));
        assertThat(stage.delivery(delivery).nextAttemptAt())
                .isEqualTo(stage.clock.now().plus(Duration.ofMinutes(10)));
        stage.pass(Duration.ofMinutes(9));
        assertThat(stage.receiver.requests()).hasSize(2);
        stage.pass(Duration.ofMinutes(1));
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }
}
