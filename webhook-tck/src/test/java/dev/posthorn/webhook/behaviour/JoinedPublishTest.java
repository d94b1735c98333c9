package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.NotFoundException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Events published in a transaction of the host's exist exactly if that commits. */
@Timeout(60)
@ParameterizedClass
@EnumSource(QueueKind.class)
class JoinedPublishTest {
    private final Stage stage;
    private final HostTransaction transaction;

    JoinedPublishTest(QueueKind kind) {
        stage = new Stage(kind);
        transaction = new HostTransaction(stage.store.deliveries());
    }

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void nothingIsLeasedOrSentBeforeTheCommit() {
        var node = stage.start();
        stage.subscribe(node, "/hook");

        var receipt = node.publisher(transaction).publish(stage.event());

        assertThat(receipt.deliveryIds()).hasSize(1);
        assertThat(transaction.tickets()).singleElement().satisfies(ticket -> {
            assertThat(ticket.lease()).isNull();
            assertThat(ticket.delay()).isZero();
        });
        node.wake();
        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).isEmpty();
    }

    @Test
    void whatWasCommittedIsSentWhenTheNodeIsWoken() {
        stage.assumeStoresQueue();
        var node = stage.start();
        stage.subscribe(node, "/hook");
        var delivery =
                node.publisher(transaction).publish(stage.event()).deliveryIds().get(0);
        transaction.commit();
        stage.rest();
        assertThat(stage.receiver.requests()).isEmpty();

        node.wake();

        // No time passes.
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void whatWasCommittedIsSentAtOnceWhereThatIsTold() {
        var node = stage.start();
        stage.subscribe(node, "/hook");
        var publisher = node.publisher(transaction);
        var delivery = publisher.publish(stage.event()).deliveryIds().get(0);
        var later = publisher
                .publish(stage.event().notBefore(stage.clock.now().plusSeconds(10)))
                .deliveryIds()
                .get(0);
        transaction.commit();

        publisher.committed();

        // No time passes.
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        stage.pass(Duration.ofMillis(9_900));
        assertThat(stage.receiver.requests()).hasSize(1);
        stage.pass(Duration.ofMillis(100));
        stage.awaitStatus(later, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void whatWasRolledBackToASavepointIsNotSentWithTheRest() {
        var node = stage.start();
        stage.subscribe(node, "/hook");
        var publisher = node.publisher(transaction);
        publisher.publish(stage.event());
        transaction.rollBack();
        var delivery = publisher.publish(stage.event()).deliveryIds().get(0);
        transaction.commit();

        publisher.committed();

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        Stage.eventually(() -> assertThat(stage.queue.stats().tickets()).isZero());
        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void whatWasCommittedIsFoundWithinThePollIntervalByItself() {
        stage.assumeStoresQueue();
        var node = stage.start();
        stage.subscribe(node, "/hook");
        var delivery =
                node.publisher(transaction).publish(stage.event()).deliveryIds().get(0);
        transaction.commit();

        stage.pass(Duration.ofSeconds(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void whatWasCommittedIsDeliveredInTheEndWhateverTheQueue() {
        var node = stage.start();
        stage.subscribe(node, "/hook");
        var delivery =
                node.publisher(transaction).publish(stage.event()).deliveryIds().get(0);
        transaction.commit();

        stage.elapse(Duration.ofMinutes(5), Duration.ofSeconds(10));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void whatWasRolledBackLeavesNothing() {
        var node = stage.start();
        stage.subscribe(node, "/hook");
        node.publisher(transaction).publish(stage.event());

        transaction.rollBack();
        node.wake();

        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).isEmpty();
        assertThat(node.deliveries().list(DeliveryQuery.all()).items()).isEmpty();
        assertThat(stage.queue.stats().tickets()).isZero();
    }

    @Test
    void oneSubscriptionCanBePublishedToInATransaction() {
        var node = stage.start();
        var subscription = stage.subscribe(node, "/hook");
        stage.subscribe(node, "/another");

        var receipt = node.publisher(transaction).publishTo(subscription, stage.event());
        transaction.commit();

        assertThat(receipt.deliveryIds())
                .extracting(id -> stage.delivery(id).subscriptionId())
                .containsExactly(subscription);
    }

    @Test
    void inputIsCheckedBeforeTheTransactionIsTouched() {
        var node = stage.start();
        var publisher = node.publisher(transaction);

        assertThatThrownBy(() -> publisher.publish(List.of(stage.event().tenant("no such name"))))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> publisher.publishTo(UUID.randomUUID(), stage.event()))
                .isInstanceOf(NotFoundException.class);

        assertThat(transaction.tickets()).isEmpty();
        node.close();
        assertThatThrownBy(() -> publisher.publish(stage.event())).isInstanceOf(IllegalStateException.class);
    }
}
