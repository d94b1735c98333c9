package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.Subscription.DisabledReason;
import dev.posthorn.webhook.SubscriptionStatus;
import dev.posthorn.webhook.WaitingDeliveries;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An endpoint that answers 410 wants no more. */
@Timeout(60)
class GoneTest {
    private final Stage stage = new Stage();
    private final Trouble trouble = new Trouble();
    private final RecordingListener listener = new RecordingListener();
    private final Gates gates = new Gates(410);

    @AfterEach
    void close() {
        gates.openAll();
        stage.close();
    }

    private void awaitDisabled(UUID subscription) {
        Stage.eventually(() -> assertThat(stage.store
                        .subscriptions()
                        .find(subscription)
                        .orElseThrow()
                        .subscription())
                .satisfies(found -> {
                    assertThat(found.status()).isEqualTo(SubscriptionStatus.DISABLED);
                    assertThat(found.disabledReason()).isEqualTo(DisabledReason.GONE);
                }));
    }

    @Test
    void theDeliveryFailsAndTheSubscriptionIsDisabled() {
        stage.receiver.on("/hook").next(410);
        var node = stage.start(settings -> settings.listener(listener));
        var subscription = stage.subscribe(node, "/hook");

        var delivery = stage.publishTo(node, subscription);

        var failed = stage.awaitStatus(delivery, DeliveryStatus.FAILED);
        assertThat(failed.failure()).isEqualTo(FailureReason.GONE);
        assertThat(failed.attemptCount()).isEqualTo(1);
        awaitDisabled(subscription);
        Stage.eventually(() -> assertThat(listener.kinds(subscription)).containsExactly("subscriptionDisabled"));
        Stage.eventually(() -> assertThat(listener.kinds(delivery)).containsExactly("attemptFailed", "deliveryFailed"));
        assertThat(node.publish(stage.event()).deliveryIds()).isEmpty();
    }

    @Test
    void whatWaitsStaysPendingAndIsSentIfSomebodyEnablesIt() {
        stage.receiver.on("/hook").next(410);
        var node = stage.start(settings -> settings.maxInFlightPerSubscription(1));
        var subscription = stage.subscribe(node, "/hook");
        var later = node.publishTo(
                        subscription, stage.event().notBefore(stage.clock.now().plusSeconds(60)))
                .deliveryIds()
                .get(0);
        stage.publishTo(node, subscription);
        awaitDisabled(subscription);

        stage.pass(Duration.ofMinutes(2));
        assertThat(stage.receiver.requests()).hasSize(1);
        assertThat(stage.delivery(later).status()).isEqualTo(DeliveryStatus.PENDING);
        node.subscriptions().enable(subscription, WaitingDeliveries.DELIVER);

        stage.awaitStatus(later, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void whatWaitsCanBeDropped() {
        stage.receiver.on("/hook").next(410);
        var node = stage.start();
        var subscription = stage.subscribe(node, "/hook");
        var later = node.publishTo(
                        subscription, stage.event().notBefore(stage.clock.now().plusSeconds(60)))
                .deliveryIds()
                .get(0);
        stage.publishTo(node, subscription);
        awaitDisabled(subscription);

        node.subscriptions().enable(subscription, WaitingDeliveries.DROP);

        assertThat(stage.delivery(later).status()).isEqualTo(DeliveryStatus.CANCELLED);
        stage.pass(Duration.ofMinutes(2));
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void anAnswerToAnEarlierVersionDoesNotDisableTheChangedSubscription() {
        stage.receiver.on("/old").byDefault(gates);
        var node = stage.start();
        var subscription = stage.subscribe(node, "/old");
        var delivery = stage.publishTo(node, subscription);
        stage.receiver.await(1);

        Stage.change(node, subscription, settings -> settings.url(stage.receiver.url("/new")));
        gates.openAll();

        assertThat(stage.awaitStatus(delivery, DeliveryStatus.FAILED).failure()).isEqualTo(FailureReason.GONE);
        stage.pass(Duration.ofMinutes(5));
        assertThat(node.subscriptions().get(subscription).orElseThrow().isActive())
                .isTrue();
        stage.awaitStatus(stage.publishTo(node, subscription), DeliveryStatus.SUCCEEDED);
    }

    @Test
    void aStoreThatIsAwayJustThenDisablesItLater() {
        stage.receiver.on("/hook").next(410);
        var node = stage.start(trouble);
        var subscription = stage.subscribe(node, "/hook");
        trouble.failOnce(Call.UPDATE_SUBSCRIPTION);

        stage.awaitStatus(stage.publishTo(node, subscription), DeliveryStatus.FAILED);
        Stage.eventually(
                () -> assertThat(trouble.made(Call.UPDATE_SUBSCRIPTION)).isPositive());
        stage.elapse(Duration.ofSeconds(10), Duration.ofSeconds(1));

        awaitDisabled(subscription);
    }

    @Test
    void manyAnswersAtOnceDisableItOnce() {
        stage.receiver.on("/hook").byDefault(gates);
        var node = stage.start(settings -> settings.listener(listener));
        var subscription = stage.subscribe(node, "/hook");
        var deliveries = stage.publishTo(node, subscription, 10);
        stage.receiver.await(10);

        gates.openAll();

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.FAILED));
        awaitDisabled(subscription);
        stage.pass(Duration.ofMinutes(2));
        Stage.eventually(() -> assertThat(listener.kinds(subscription)).containsExactly("subscriptionDisabled"));
    }
}
