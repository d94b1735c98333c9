package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WaitingDeliveries;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of deliveries while their subscription is disabled, and when it is enabled again. */
@Timeout(60)
@ParameterizedClass
@EnumSource(QueueKind.class)
class DisabledTest {
    private static final RetryPolicy IN_TEN_MINUTES =
            RetryPolicy.schedule(Duration.ofMinutes(10)).jitter(0);

    private final Stage stage;
    private final Gates gates = new Gates(200);

    DisabledTest(QueueKind kind) {
        stage = new Stage(kind);
    }

    @AfterEach
    void close() {
        gates.openAll();
        stage.close();
    }

    @Test
    void noNewDeliveriesAreMadeForADisabledSubscription() {
        var node = stage.start();
        var subscription = stage.subscribe(node, "/hook");

        node.subscriptions().disable(subscription);

        assertThat(node.publish(stage.event()).deliveryIds()).isEmpty();
        assertThatThrownBy(() -> node.publishTo(subscription, stage.event())).isInstanceOf(ConflictException.class);
        node.subscriptions().enable(subscription, WaitingDeliveries.DELIVER);
        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).isEmpty();
    }

    @Test
    void whatWaitsInALaneIsNotSentUntilItIsEnabled() {
        stage.receiver.on("/hook").byDefault(gates);
        var node = stage.start(settings -> settings.maxInFlightPerSubscription(1));
        var subscription = stage.subscribe(node, "/hook");
        var deliveries = stage.publishTo(node, subscription, 5);
        stage.receiver.await(1);

        node.subscriptions().disable(subscription);
        gates.openAll();

        stage.awaitStatus(deliveries.get(0), DeliveryStatus.SUCCEEDED);
        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).hasSize(1);
        assertThat(stage.queue.stats().tickets()).isZero();
        deliveries
                .subList(1, 5)
                .forEach(id -> assertThat(stage.delivery(id).status()).isEqualTo(DeliveryStatus.PENDING));

        node.subscriptions().enable(subscription, WaitingDeliveries.DELIVER);

        stage.elapse(Duration.ofSeconds(5), Duration.ofSeconds(1));
        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        assertThat(stage.receiver.requests()).hasSize(5);
    }

    @Test
    void whatWaitsOnTheQueueIsNotSentUntilItIsEnabled() {
        var publisher = stage.build();
        var subscription = stage.subscribe(publisher, "/hook");
        var deliveries = stage.publishTo(publisher, subscription, 5);
        publisher.subscriptions().disable(subscription);
        var node = stage.start();
        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).isEmpty();

        node.subscriptions().enable(subscription, WaitingDeliveries.DELIVER);

        // No time passes.
        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).hasSize(5);
    }

    @Test
    void itsTicketsLeaveTheQueueUnread() {
        var trouble = new Trouble();
        var node = stage.start(trouble);
        var subscription = stage.subscribe(node, "/hook");
        node.publishTo(subscription, stage.event().notBefore(stage.clock.now().plusSeconds(10)));
        node.subscriptions().disable(subscription);

        stage.pass(Duration.ofSeconds(11));

        assertThat(stage.queue.stats().tickets()).isZero();
        assertThat(trouble.made(Call.LOAD)).isZero();
    }

    @Test
    void aRetryThatComesDueMeanwhileIsMadeWhenItIsEnabled() {
        stage.receiver.on("/hook").next(500);
        var node = stage.start(settings -> settings.retry(IN_TEN_MINUTES));
        var subscription = stage.subscribe(node, "/hook");
        var delivery = stage.publishTo(node, subscription);
        stage.awaitAttempts(delivery, 1);

        node.subscriptions().disable(subscription);
        stage.pass(Duration.ofMinutes(11));
        assertThat(stage.receiver.requests()).hasSize(1);
        node.subscriptions().enable(subscription, WaitingDeliveries.DELIVER);

        assertThat(stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED).attemptCount())
                .isEqualTo(2);
    }

    @Test
    void aRetryThatIsStillToComeKeepsItsTime() {
        stage.receiver.on("/hook").next(500);
        var node = stage.start(settings -> settings.retry(IN_TEN_MINUTES));
        var subscription = stage.subscribe(node, "/hook");
        var delivery = stage.publishTo(node, subscription);
        stage.awaitAttempts(delivery, 1);

        node.subscriptions().disable(subscription);
        stage.pass(Duration.ofMinutes(5));
        node.subscriptions().enable(subscription, WaitingDeliveries.DELIVER);

        stage.pass(Duration.ofMinutes(5).minusMillis(1));
        assertThat(stage.receiver.requests()).hasSize(1);
        stage.pass(Duration.ofSeconds(1));
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void enablingCanDropWhatWaitsWithTheRetriesToCome() {
        stage.receiver.on("/hook").next(500);
        var node = stage.start(settings -> settings.retry(IN_TEN_MINUTES));
        var subscription = stage.subscribe(node, "/hook");
        var failed = stage.publishTo(node, subscription);
        stage.awaitAttempts(failed, 1);
        var future = node.publishTo(
                        subscription, stage.event().notBefore(stage.clock.now().plusSeconds(3_600)))
                .deliveryIds()
                .get(0);

        node.subscriptions().disable(subscription);
        node.subscriptions().enable(subscription, WaitingDeliveries.DROP);

        assertThat(stage.delivery(failed).status()).isEqualTo(DeliveryStatus.CANCELLED);
        assertThat(stage.delivery(future).status()).isEqualTo(DeliveryStatus.CANCELLED);
        var later = stage.publishTo(node, subscription);
        stage.awaitStatus(later, DeliveryStatus.SUCCEEDED);
        stage.pass(Duration.ofHours(2));
        assertThat(stage.receiver.requests()).hasSize(2);
        assertThat(stage.queue.stats().tickets()).isZero();
    }

    @Test
    void anAttemptUnderWayIsRecordedThoughItsSubscriptionIsDisabled() {
        stage.receiver.on("/hook").byDefault(gates);
        var node = stage.start();
        var subscription = stage.subscribe(node, "/hook");
        var delivery = stage.publishTo(node, subscription);
        stage.receiver.await(1);

        node.subscriptions().disable(subscription);
        gates.openAll();

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void anAttemptThatFailsWhileItsSubscriptionIsDisabledIsRetriedAfterItIsEnabled() {
        var failing = new Gates(500);
        stage.receiver.on("/hook").byDefault(failing);
        var node = stage.start(settings -> settings.retry(IN_TEN_MINUTES));
        var subscription = stage.subscribe(node, "/hook");
        var delivery = stage.publishTo(node, subscription);
        stage.receiver.await(1);

        node.subscriptions().disable(subscription);
        failing.openAll();
        stage.awaitAttempts(delivery, 1);
        stage.pass(Duration.ofMinutes(30));
        assertThat(stage.receiver.requests()).hasSize(1);
        stage.receiver.on("/hook").next(200);
        node.subscriptions().enable(subscription, WaitingDeliveries.DELIVER);

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void aTicketThatANodeHeldWhileItWasEnabledIsNotLost() {
        var publisher = stage.build();
        var subscription = stage.subscribe(publisher, "/hook");
        var delivery = stage.publishTo(publisher, subscription);
        var trouble = new Trouble();
        // The node takes the ticket off, and that only arrives after the subscription has been enabled.
        publisher.subscriptions().disable(subscription);
        var hold = trouble.hold(Call.SETTLE);
        var node = stage.build(trouble);
        node.start();
        hold.awaitReached();

        publisher.subscriptions().enable(subscription, WaitingDeliveries.DELIVER);
        Stage.eventually(() -> {
            stage.advance(Duration.ofSeconds(1));
            assertThat(trouble.made(Call.PENDING)).isPositive();
        });
        hold.release();

        Stage.eventually(() -> {
            stage.advance(Duration.ofSeconds(1));
            assertThat(stage.delivery(delivery).status()).isEqualTo(DeliveryStatus.SUCCEEDED);
        });
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void whatIsEnabledOnAnotherNodeIsDeliveredWithinSeconds() {
        var other = stage.build();
        var subscription = stage.subscribe(other, "/hook");
        var delivery = stage.publishTo(other, subscription);
        other.subscriptions().disable(subscription);
        stage.start();
        stage.pass(Duration.ofMinutes(1));

        other.subscriptions().enable(subscription, WaitingDeliveries.DELIVER);
        stage.elapse(Duration.ofSeconds(11), Duration.ofSeconds(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void whatIsDisabledOnAnotherNodeIsNotSentAboutASecondLater() {
        var other = stage.build();
        var subscription = stage.subscribe(other, "/hook");
        stage.start();
        var soon = stage.event().notBefore(stage.clock.now().plusSeconds(4));
        var delivery = other.publishTo(subscription, soon).deliveryIds().get(0);
        stage.pass(Duration.ofSeconds(2));

        other.subscriptions().disable(subscription);
        // The node reads of it now, and the delivery is due only after that.

        stage.pass(Duration.ofSeconds(1));
        stage.pass(Duration.ofMinutes(1));
        assertThat(stage.receiver.requests()).isEmpty();
        assertThat(stage.delivery(delivery).status()).isEqualTo(DeliveryStatus.PENDING);
    }

    @Test
    void aChoreThatComesWhileChoresAreBeingDoneIsDoneAtOnceToo() {
        var trouble = new Trouble();
        var node = stage.start(trouble);
        var subscription = stage.subscribe(node, "/hook");
        var publisher = stage.build();
        stage.pass(Duration.ofSeconds(1));
        var delivery = publisher
                .publishTo(
                        subscription, stage.event().notBefore(stage.clock.now().plusSeconds(1)))
                .deliveryIds()
                .get(0);
        node.subscriptions().disable(subscription);
        stage.pass(Duration.ofSeconds(30));
        var hold = trouble.holdAnswer(Call.CHORES);
        stage.advance(Duration.ofSeconds(10));
        hold.awaitReached();

        node.subscriptions().enable(subscription, WaitingDeliveries.DELIVER);
        hold.release();

        // No time passes.
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }
}
