package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.tck.Answer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A node is dead for the others when it can no longer reach the store. */
@Timeout(60)
@ParameterizedClass
@EnumSource(QueueKind.class)
class CrashTest {
    private static final Duration LEASE = Duration.ofSeconds(60);

    private final Trouble crash = new Trouble();
    private final Stage stage;

    CrashTest(QueueKind kind) {
        stage = new Stage(kind);
    }

    @AfterEach
    void close() {
        stage.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 500})
    void whatWasSentButNotRecordedIsSentAgainUnderTheSameId(int answer) {
        stage.receiver.on("/hook").next(answer);
        var dying = stage.start(crash);
        stage.start();
        var subscription = stage.subscribe(dying, "/hook");
        crash.fail(Call.RECORD);
        var delivery = stage.publishTo(dying, subscription);
        stage.receiver.await(1);
        stage.crash(dying);

        stage.elapse(LEASE.minusSeconds(1), Duration.ofSeconds(1));
        assertThat(stage.receiver.requests()).hasSize(1);
        stage.elapse(Duration.ofSeconds(2), Duration.ofSeconds(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        var requests = stage.receiver.requests();
        assertThat(requests).hasSize(2);
        assertThat(requests.get(1).header("webhook-id"))
                .isEqualTo(requests.get(0).header("webhook-id"));
        assertThat(requests.get(1).body()).isEqualTo(requests.get(0).body());
        assertThat(stage.attempts(delivery)).hasSize(1);
    }

    @Test
    void whatWaitedInALaneOfADeadNodeIsSentByAnother() {
        var gate = new CountDownLatch(1);
        stage.receiver.on("/hook").next(Answer.status(200).heldBy(gate));
        var dying = stage.start(crash, settings -> settings.maxInFlightPerSubscription(1));
        stage.start();
        var deliveries = stage.publishTo(dying, stage.subscribe(dying, "/hook"), 2);
        stage.receiver.await(1);
        stage.crash(dying);

        stage.advance(LEASE.plusSeconds(1));

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        assertThat(stage.receiver.requests()).hasSize(3);
    }
}
