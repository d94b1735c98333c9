package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.NotFoundException;
import dev.posthorn.webhook.RetryPolicy;
import java.time.Duration;
import java.util.Collections;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What waits for a deleted subscription is cancelled and never sent. */
@Timeout(60)
@ParameterizedClass
@EnumSource(QueueKind.class)
class DeletedTest {
    private final Stage stage;
    private final Gates gates = new Gates(200);

    DeletedTest(QueueKind kind) {
        stage = new Stage(kind);
    }

    @AfterEach
    void close() {
        gates.openAll();
        stage.close();
    }

    @Test
    void whatWaitsOnTheQueueIsCancelled() {
        var publisher = stage.build();
        var subscription = stage.subscribe(publisher, "/hook");
        // More than one chunk of them.
        var deliveries = publisher.publish(Collections.nCopies(1_200, stage.event())).stream()
                .flatMap(receipt -> receipt.deliveryIds().stream())
                .toList();

        publisher.subscriptions().delete(subscription);
        stage.start();
        stage.elapse(Duration.ofSeconds(20), Duration.ofSeconds(1));

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.CANCELLED));
        assertThat(stage.receiver.requests()).isEmpty();
        // The sweep of a queue that is new may have put back what was cancelled just then. That comes a lease later.
        stage.elapse(Duration.ofMinutes(3), Duration.ofSeconds(10));
        Stage.eventually(() -> assertThat(stage.queue.stats().tickets()).isZero());
        assertThat(stage.receiver.requests()).isEmpty();
    }

    /** A node publishes after all that waited was cancelled, when it has heard no more than that the subscription is paused. */
    @Test
    void whatIsPublishedByWhoeverHasNotHeardOfTheDeletionIsCancelledToo() {
        var trouble = new Trouble();
        var deleter = stage.start();
        var publisher = stage.start(trouble);
        var subscription = stage.subscribe(deleter, "/hook");
        stage.pass(Duration.ofSeconds(1));
        var hearing = trouble.holdAnswer(Call.CHANGES);
        deleter.subscriptions().pause(subscription);
        stage.advance(Duration.ofMillis(800));
        hearing.awaitReached();
        deleter.subscriptions().delete(subscription);
        Stage.eventually(() -> assertThat(stage.store.subscriptions().chores(1)).isEmpty());
        var appending = trouble.holdAnswer(Call.APPEND);
        var publishing = CompletableFuture.supplyAsync(() -> publisher.publish(stage.event()));
        appending.awaitReached();

        hearing.release();
        stage.awaitParked();
        appending.release();
        var delivery = publishing.join().deliveryIds().get(0);

        stage.elapse(Duration.ofMinutes(3), Duration.ofSeconds(10));
        stage.awaitStatus(delivery, DeliveryStatus.CANCELLED);
        assertThat(stage.receiver.requests()).isEmpty();
    }

    @Test
    void whatWaitsInALaneIsCancelled() {
        stage.receiver.on("/hook").byDefault(gates);
        var node = stage.start(settings -> settings.maxInFlightPerSubscription(1));
        var subscription = stage.subscribe(node, "/hook");
        var deliveries = stage.publishTo(node, subscription, 3);
        stage.receiver.await(1);

        assertThat(node.subscriptions().delete(subscription)).isTrue();
        gates.openAll();

        stage.awaitStatus(deliveries.get(0), DeliveryStatus.SUCCEEDED);
        stage.awaitStatus(deliveries.get(1), DeliveryStatus.CANCELLED);
        stage.awaitStatus(deliveries.get(2), DeliveryStatus.CANCELLED);
        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void aRetryToComeIsCancelled() {
        stage.receiver.on("/hook").next(500);
        var node = stage.start(settings -> settings.retry(RetryPolicy.schedule(Duration.ofMinutes(5))));
        var subscription = stage.subscribe(node, "/hook");
        var delivery = stage.publishTo(node, subscription);
        stage.awaitAttempts(delivery, 1);

        node.subscriptions().delete(subscription);

        stage.awaitStatus(delivery, DeliveryStatus.CANCELLED);
        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void anAttemptUnderWayThatFailsIsTheLast() {
        var failing = new Gates(500);
        stage.receiver.on("/hook").byDefault(failing);
        var node = stage.start();
        var subscription = stage.subscribe(node, "/hook");
        var delivery = stage.publishTo(node, subscription);
        stage.receiver.await(1);

        node.subscriptions().delete(subscription);
        failing.openAll();

        stage.awaitAttempts(delivery, 1);
        stage.elapse(Duration.ofMinutes(2), Duration.ofSeconds(5));
        stage.awaitStatus(delivery, DeliveryStatus.CANCELLED);
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void whatIsDeletedOnAnotherNodeIsCancelledWithinSeconds() {
        stage.receiver.on("/hook").byDefault(gates);
        var other = stage.build();
        var node = stage.start(settings -> settings.maxInFlightPerSubscription(1));
        var subscription = stage.subscribe(node, "/hook");
        var deliveries = stage.publishTo(node, subscription, 2);
        stage.receiver.await(1);

        other.subscriptions().delete(subscription);
        stage.elapseMeanwhile(Duration.ofSeconds(11), Duration.ofSeconds(1));
        gates.openAll();

        stage.awaitStatus(deliveries.get(1), DeliveryStatus.CANCELLED);
        stage.rest();
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void nothingMoreIsPublishedToADeletedSubscription() {
        var node = stage.start();
        var subscription = stage.subscribe(node, "/hook");
        var delivery = stage.publishTo(node, subscription);
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);

        node.subscriptions().delete(subscription);

        assertThat(node.publish(stage.event()).deliveryIds()).isEmpty();
        assertThatThrownBy(() -> node.publishTo(subscription, stage.event())).isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> node.deliveries().retry(delivery)).isInstanceOf(ConflictException.class);
        assertThat(node.subscriptions().delete(subscription)).isFalse();
    }
}
