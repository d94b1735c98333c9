package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.BreakerPolicy;
import dev.posthorn.webhook.DispatcherState.Phase;
import dev.posthorn.webhook.LaneState.Breaker;
import dev.posthorn.webhook.tck.Answer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A dispatcher in figures. */
@Timeout(60)
class DispatcherStateTest {
    private final Stage stage = new Stage();
    private final Trouble trouble = new Trouble();
    private final CountDownLatch gate = new CountDownLatch(1);

    @AfterEach
    void close() {
        gate.countDown();
        stage.close();
    }

    @Test
    void itTellsWhereInItsLifeTheDispatcherIs() {
        var node = stage.build();
        assertThat(node.state().phase()).isEqualTo(Phase.NEW);
        assertThat(node.state().isPaused()).isFalse();

        stage.start(node);
        assertThat(node.state().phase()).isEqualTo(Phase.RUNNING);
        node.pause();
        assertThat(node.state().isPaused()).isTrue();
        node.resume();
        assertThat(node.state().isPaused()).isFalse();

        stage.stop(node, Duration.ofSeconds(5));
        assertThat(node.state().phase()).isEqualTo(Phase.CLOSED);
    }

    @Test
    void itCountsWhatIsHeldAndWhatRuns() {
        stage.receiver.on("/hook").byDefault(Answer.status(200).heldBy(gate));
        var node = stage.start(settings -> settings.maxInFlightPerSubscription(2));
        var subscription = stage.subscribe(node, "/hook");
        stage.rest();
        int size = stage.event().payload().size();

        stage.publishTo(node, subscription, 4);
        stage.receiver.await(2);

        Stage.eventually(() -> assertThat(node.state().inFlight()).isEqualTo(2));
        assertThat(node.state().held()).isEqualTo(4);
        assertThat(node.state().heldBytes()).isEqualTo(4L * size);
        gate.countDown();
        stage.rest();
        assertThat(node.state().held()).isZero();
        assertThat(node.state().heldBytes()).isZero();
    }

    @Test
    void itCountsWhatWaitsToBeRecorded() {
        var node = stage.start(trouble);
        var subscription = stage.subscribe(node, "/hook");
        stage.rest();
        trouble.fail(Call.RECORD);

        stage.publishTo(node, subscription, 3);

        Stage.eventually(() -> assertThat(node.state().unrecorded()).isEqualTo(3));
        trouble.healAll();
        stage.elapse(Duration.ofMinutes(1), Duration.ofSeconds(10));
        assertThat(node.state().unrecorded()).isZero();
    }

    @Test
    void itKnowsTheQueueAndTheNodesAsOfTheLastHeartbeat() {
        var publisher = stage.build();
        var subscription = stage.subscribe(publisher, "/hook");
        stage.publishTo(publisher, subscription, 2);
        assertThat(publisher.state().queued()).isZero();
        assertThat(publisher.state().oldestDue()).isNull();
        var node = stage.build();
        node.pause();

        stage.start(node);
        stage.pass(Duration.ofSeconds(7));

        assertThat(node.state().queued()).isEqualTo(2);
        assertThat(node.state().oldestDue()).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(7));
        assertThat(node.state().liveNodes()).isEqualTo(1);
    }

    @Test
    void itCountsBreakersByPosition() {
        stage.receiver.on("/dead").byDefault(Answer.status(500));
        var breaker = new BreakerPolicy(1, 1, Duration.ofSeconds(10), Duration.ofSeconds(10));
        var node = stage.start(settings -> settings.breaker(breaker));
        assertThat(node.state().breakers())
                .containsOnlyKeys(Breaker.values())
                .containsValue(0)
                .doesNotContainValue(1);

        stage.publishTo(node, stage.subscribe(node, "/dead"));
        stage.publishTo(node, stage.subscribe(node, "/alive"));
        stage.receiver.await(2);
        stage.rest();

        assertThat(node.state().breakers())
                .containsEntry(Breaker.OPEN, 1)
                .containsEntry(Breaker.HALF_OPEN, 0)
                .containsEntry(Breaker.CLOSED, 1);
        // Longer than the pause and its random part, and shorter than a retry.
        stage.clock.advance(Duration.ofSeconds(12));
        assertThat(node.state().breakers()).containsEntry(Breaker.HALF_OPEN, 1);
    }
}
