package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.tck.Answer;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node keeps hold of while requests are under way: nothing of the store's. */
@Timeout(60)
class SendingTest {
    private final Stage stage = new Stage();
    private final Trouble trouble = new Trouble();
    private final CountDownLatch gate = new CountDownLatch(1);

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void noCallToTheStoreIsInProgressWhileRequestsHang() {
        stage.receiver.onAnyPath().byDefault(Answer.status(200).heldBy(gate));
        var node = stage.start(trouble);
        var deliveries = stage.publishTo(node, stage.subscribe(node, "/hook"), 10);

        stage.receiver.await(10);
        stage.awaitParked();

        assertThat(trouble.inProgress()).isZero();
        gate.countDown();
        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
    }

    @Test
    void aClaimedDeliveryKeepsNoCallToTheStoreInProgressEither() {
        stage.receiver.onAnyPath().byDefault(Answer.status(200).heldBy(gate));
        var node = stage.build(trouble);
        var deliveries = stage.publishTo(node, stage.subscribe(node, "/hook"), 10);

        stage.start(node);
        stage.receiver.await(10);
        stage.awaitParked();

        assertThat(trouble.made(Call.LOAD)).isEqualTo(1);
        assertThat(trouble.inProgress()).isZero();
        gate.countDown();
        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
    }

    @Test
    void outcomesThatGatherWhileOneBatchIsWrittenAreTheNextBatch() {
        var node = stage.start(trouble);
        var subscription = stage.subscribe(node, "/hook");
        var hold = trouble.hold(Call.RECORD);
        var first = stage.publishTo(node, subscription);
        hold.awaitReached();
        var others = stage.publishTo(node, subscription, 20);
        stage.receiver.await(21);
        Stage.eventually(() -> assertThat(Stage.part(node, "recorder").detail()).startsWith("21 "));

        hold.release();

        stage.awaitStatus(first, DeliveryStatus.SUCCEEDED);
        others.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        assertThat(trouble.made(Call.RECORD)).isEqualTo(2);
    }
}
