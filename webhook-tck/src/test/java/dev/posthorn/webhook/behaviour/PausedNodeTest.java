package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.Health;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A node that is to deliver nothing for a while. */
@Timeout(60)
@ParameterizedClass
@EnumSource(QueueKind.class)
class PausedNodeTest {
    private final Stage stage;
    private final Gates gates = new Gates(200);
    private final Trouble trouble = new Trouble();

    PausedNodeTest(QueueKind kind) {
        stage = new Stage(kind);
    }

    @AfterEach
    void close() {
        gates.openAll();
        stage.close();
    }

    @Test
    void itPublishesAndDeliversNothingUntilItGoesOn() {
        var node = stage.start(trouble);
        var subscription = stage.subscribe(node, "/hook");
        stage.pass(Duration.ofSeconds(1));

        node.pause();
        node.pause();
        stage.awaitParked();
        int claims = trouble.made(Call.CLAIM);
        var deliveries = stage.publishTo(node, subscription, 3);
        stage.pass(Duration.ofMinutes(10));

        assertThat(stage.receiver.requests()).isEmpty();
        assertThat(trouble.made(Call.CLAIM)).isEqualTo(claims);
        node.resume();
        // No time passes.
        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        stage.awaitStatus(stage.publishTo(node, subscription), DeliveryStatus.SUCCEEDED);
    }

    @Test
    void healthSaysSo() {
        var node = stage.start();
        node.pause();
        assertThat(Stage.part(node, "dispatcher").detail()).isEqualTo("paused, 0 in flight, 0 held");
        assertThat(node.health().status()).isEqualTo(Health.Status.UP);

        node.resume();
        assertThat(Stage.part(node, "dispatcher").detail()).isEqualTo("0 in flight, 0 held");
    }

    @Test
    void whatWaitsInItIsGivenBackAndAnotherNodeSendsItAtOnce() {
        stage.receiver.on("/hook").byDefault(gates);
        var node = stage.start(settings -> settings.maxInFlightPerSubscription(1));
        var subscription = stage.subscribe(node, "/hook");
        var deliveries = stage.publishTo(node, subscription, 4);
        stage.receiver.await(1);

        node.pause();
        Stage.eventually(
                () -> assertThat(Stage.part(node, "dispatcher").detail()).isEqualTo("paused, 1 in flight, 1 held"));
        stage.start();
        stage.receiver.await(4);
        gates.openAll();

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        assertThat(stage.receiver.requests()).hasSize(4);
        assertThat(Stage.part(node, "dispatcher").detail()).isEqualTo("paused, 0 in flight, 0 held");
    }

    @Test
    void whatIsClaimedJustThenIsGivenBack() {
        var publisher = stage.build();
        var subscription = stage.subscribe(publisher, "/hook");
        var delivery = stage.publishTo(publisher, subscription);
        var hold = trouble.holdAnswer(Call.CLAIM);
        var node = stage.build(trouble);
        node.start();
        hold.awaitReached();

        node.pause();
        hold.release();

        Stage.eventually(() -> assertThat(stage.queue.stats().oldestDue()).isNotNull());
        assertThat(stage.receiver.requests()).isEmpty();
        stage.start();
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void whatIsHandedOffJustThenIsGivenBack() throws InterruptedException {
        var node = stage.start(trouble);
        var subscription = stage.subscribe(node, "/hook");
        stage.pass(Duration.ofSeconds(1));
        var hold = trouble.holdAnswer(Call.APPEND);
        var publishing = new Thread(() -> stage.publishTo(node, subscription));
        publishing.start();
        hold.awaitReached();

        node.pause();
        hold.release();
        publishing.join();

        Stage.eventually(() -> assertThat(stage.queue.stats().oldestDue()).isNotNull());
        assertThat(stage.receiver.requests()).isEmpty();
        node.resume();
        stage.receiver.await(1);
    }

    @Test
    void itMayBePausedBeforeItIsStartedAndClosedWhileItIsPaused() {
        var node = stage.build();
        node.pause();
        stage.start(node);
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        stage.pass(Duration.ofMinutes(1));
        assertThat(stage.delivery(delivery).status()).isEqualTo(DeliveryStatus.PENDING);

        stage.stop(node, Duration.ofSeconds(5));

        assertThatIllegalStateException().isThrownBy(node::resume);
        assertThatIllegalStateException().isThrownBy(node::pause);
    }
}
