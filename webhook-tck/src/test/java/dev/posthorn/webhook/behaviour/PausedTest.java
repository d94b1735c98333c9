package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.SubscriptionStatus;
import dev.posthorn.webhook.WaitingDeliveries;
import dev.posthorn.webhook.spi.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of deliveries while their subscription is paused, and when it is resumed. */
@Timeout(60)
@ParameterizedClass
@EnumSource(QueueKind.class)
class PausedTest {
    private static final RetryPolicy IN_TEN_MINUTES =
            RetryPolicy.schedule(Duration.ofMinutes(10)).jitter(0);

    private final Stage stage;
    private final Gates gates = new Gates(200);

    PausedTest(QueueKind kind) {
        stage = new Stage(kind);
    }

    @AfterEach
    void close() {
        gates.openAll();
        stage.close();
    }

    private void assertPending(List<UUID> deliveries) {
        assertThat(deliveries)
                .allSatisfy(id -> assertThat(stage.delivery(id).status()).isEqualTo(DeliveryStatus.PENDING));
    }

    /** Lets seconds pass until all of these have succeeded. */
    private void awaitSucceeded(List<UUID> deliveries) {
        Stage.eventually(() -> {
            stage.advance(Duration.ofSeconds(1));
            assertThat(deliveries)
                    .allSatisfy(id -> assertThat(stage.delivery(id).status()).isEqualTo(DeliveryStatus.SUCCEEDED));
        });
    }

    @Test
    void whatIsPublishedMeanwhileWaitsUntilItIsResumed() {
        var trouble = new Trouble();
        var node = stage.start(trouble);
        var subscription = stage.subscribe(node, "/hook");
        assertThat(node.subscriptions().pause(subscription).status()).isEqualTo(SubscriptionStatus.PAUSED);

        var deliveries = List.of(
                stage.publishTo(node, subscription),
                node.publish(stage.event()).deliveryIds().get(0),
                stage.publishTo(node, subscription));
        stage.pass(Duration.ofHours(1));

        assertThat(stage.receiver.requests()).isEmpty();
        assertPending(deliveries);
        // Nobody reads them, and the queue still counts them.
        assertThat(trouble.made(Call.LOAD)).isZero();
        assertThat(stage.queue.stats().tickets()).isEqualTo(3);
        assertThat(stage.queue.stats().oldestDue()).isNull();

        assertThat(node.subscriptions().resume(subscription).status()).isEqualTo(SubscriptionStatus.ACTIVE);

        // No time passes.
        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        assertThat(stage.receiver.requests()).hasSize(3);
    }

    @Test
    void whatWaitsIsAskedForOnceADayAndNotAgainAndAgain() {
        var trouble = new Trouble();
        var node = stage.start(trouble);
        var subscription = stage.subscribe(node, "/hook");
        node.subscriptions().pause(subscription);
        stage.publishTo(node, subscription, 5);
        stage.pass(Duration.ofSeconds(1));
        int settled = trouble.made(Call.SETTLE);

        stage.elapse(Duration.ofHours(23), Duration.ofHours(1));
        assertThat(trouble.made(Call.SETTLE)).isEqualTo(settled);

        stage.elapse(Duration.ofHours(2), Duration.ofHours(1));
        assertThat(trouble.made(Call.SETTLE)).isGreaterThan(settled);
    }

    @Test
    void whatWaitsInALaneIsParkedAndTheAttemptThatRunsIsNotTorn() {
        stage.receiver.on("/hook").byDefault(gates);
        var node = stage.start(settings -> settings.maxInFlightPerSubscription(1));
        var subscription = stage.subscribe(node, "/hook");
        var deliveries = stage.publishTo(node, subscription, 5);
        stage.receiver.await(1);

        node.subscriptions().pause(subscription);
        gates.openAll();

        stage.awaitStatus(deliveries.get(0), DeliveryStatus.SUCCEEDED);
        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).hasSize(1);
        assertPending(deliveries.subList(1, 5));

        node.subscriptions().resume(subscription);

        awaitSucceeded(deliveries);
        assertThat(stage.receiver.requests()).hasSize(5);
    }

    @Test
    void anAttemptThatFailsMeanwhileIsRetriedAfterItIsResumed() {
        var failing = new Gates(500);
        stage.receiver.on("/hook").byDefault(failing);
        var node = stage.start(settings -> settings.retry(IN_TEN_MINUTES));
        var subscription = stage.subscribe(node, "/hook");
        var delivery = stage.publishTo(node, subscription);
        stage.receiver.await(1);

        node.subscriptions().pause(subscription);
        failing.openAll();
        stage.awaitAttempts(delivery, 1);
        stage.pass(Duration.ofMinutes(30));
        assertThat(stage.receiver.requests()).hasSize(1);
        stage.receiver.on("/hook").next(200);
        node.subscriptions().resume(subscription);

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void aRetryThatIsStillToComeKeepsItsTime() {
        stage.receiver.on("/hook").next(500);
        var node = stage.start(settings -> settings.retry(IN_TEN_MINUTES));
        var subscription = stage.subscribe(node, "/hook");
        var delivery = stage.publishTo(node, subscription);
        stage.awaitAttempts(delivery, 1);

        node.subscriptions().pause(subscription);
        stage.pass(Duration.ofMinutes(5));
        node.subscriptions().resume(subscription);

        stage.pass(Duration.ofMinutes(5).minusMillis(1));
        assertThat(stage.receiver.requests()).hasSize(1);
        stage.pass(Duration.ofSeconds(1));
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void aRetryByHandWaitsToo() {
        stage.receiver.on("/hook").next(500);
        var node = stage.start(settings -> settings.retry(RetryPolicy.never()));
        var subscription = stage.subscribe(node, "/hook");
        var delivery = stage.publishTo(node, subscription);
        stage.awaitStatus(delivery, DeliveryStatus.FAILED);
        node.subscriptions().pause(subscription);

        assertThat(node.deliveries().retry(delivery).status()).isEqualTo(DeliveryStatus.PENDING);
        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).hasSize(1);
        node.subscriptions().resume(subscription);

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void whatIsTooOldWhenItIsResumedExpiresAndNotBefore() {
        var node = stage.start(settings -> settings.retry(RetryPolicy.never()).expiryGrace(Duration.ofHours(1)));
        var subscription = stage.subscribe(node, "/hook");
        node.subscriptions().pause(subscription);
        var old = stage.publishTo(node, subscription);
        stage.elapse(Duration.ofHours(3), Duration.ofMinutes(10));
        var fresh = stage.publishTo(node, subscription);
        stage.pass(Duration.ofMinutes(1));
        assertPending(List.of(old, fresh));

        node.subscriptions().resume(subscription);

        stage.awaitStatus(old, DeliveryStatus.FAILED);
        stage.awaitStatus(fresh, DeliveryStatus.SUCCEEDED);
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void disablingEnablingAndResumingKeepToTheTable() {
        var node = stage.start();
        var subscriptions = node.subscriptions();
        var id = stage.subscribe(node, "/hook");

        assertThat(subscriptions.resume(id).version()).isEqualTo(1);
        assertThat(subscriptions.pause(id).version()).isEqualTo(2);
        assertThat(subscriptions.pause(id).version()).isEqualTo(2);
        assertThatThrownBy(() -> subscriptions.enable(id, WaitingDeliveries.DELIVER))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("paused");
        assertThat(subscriptions.disable(id).status()).isEqualTo(SubscriptionStatus.DISABLED);
        assertThatThrownBy(() -> subscriptions.pause(id))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("disabled");
        assertThatThrownBy(() -> subscriptions.resume(id)).isInstanceOf(ConflictException.class);
        assertThat(subscriptions.enable(id, WaitingDeliveries.DELIVER).status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(subscriptions.enable(id, WaitingDeliveries.DROP).version()).isEqualTo(4);
    }

    @Test
    void anEnablingThatIsRefusedDropsNothing() {
        var node = stage.start();
        var subscription = stage.subscribe(node, "/hook");
        node.subscriptions().pause(subscription);
        var delivery = stage.publishTo(node, subscription);

        assertThatThrownBy(() -> node.subscriptions().enable(subscription, WaitingDeliveries.DROP))
                .isInstanceOf(ConflictException.class);

        assertPending(List.of(delivery));
    }

    @Test
    void whatWaitedForAPausedOneIsDeliveredOrDroppedIfItIsDisabledAndEnabled() {
        var node = stage.start();
        var delivered = stage.subscribe(node, "/delivered");
        var dropped = stage.subscribe(node, "/dropped");
        for (var subscription : List.of(delivered, dropped)) {
            node.subscriptions().pause(subscription);
        }
        var first = stage.publishTo(node, delivered, 3);
        var second = stage.publishTo(node, dropped, 3);
        stage.pass(Duration.ofMinutes(1));
        for (var subscription : List.of(delivered, dropped)) {
            node.subscriptions().disable(subscription);
        }
        stage.pass(Duration.ofMinutes(1));

        node.subscriptions().enable(delivered, WaitingDeliveries.DELIVER);
        node.subscriptions().enable(dropped, WaitingDeliveries.DROP);

        awaitSucceeded(first);
        second.forEach(id -> assertThat(stage.delivery(id).status()).isEqualTo(DeliveryStatus.CANCELLED));
        stage.pass(Duration.ofMinutes(1));
        assertThat(stage.receiver.requests("/dropped")).isEmpty();
        assertThat(stage.queue.stats().tickets()).isZero();
    }

    @Test
    void whatWaitsForADeletedOneIsCancelled() {
        var node = stage.start();
        var subscription = stage.subscribe(node, "/hook");
        node.subscriptions().pause(subscription);
        var delivery = stage.publishTo(node, subscription);
        stage.pass(Duration.ofMinutes(1));

        node.subscriptions().delete(subscription);

        stage.awaitStatus(delivery, DeliveryStatus.CANCELLED);
        Stage.eventually(() -> assertThat(stage.queue.stats().tickets()).isZero());
    }

    @Test
    void aTicketThatIsParkedOnlyAfterItWasResumedIsNotLost() {
        var publisher = stage.build();
        var subscription = stage.subscribe(publisher, "/hook");
        publisher.subscriptions().pause(subscription);
        var delivery = stage.publishTo(publisher, subscription);
        var trouble = new Trouble();
        var hold = trouble.hold(Call.SETTLE);
        var node = stage.build(trouble);
        node.start();
        hold.awaitReached();

        publisher.subscriptions().resume(subscription);
        Stage.eventually(() -> {
            stage.advance(Duration.ofSeconds(1));
            assertThat(trouble.made(Call.PENDING)).isPositive();
        });
        hold.release();

        awaitSucceeded(List.of(delivery));
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void aTicketThatIsParkedAfterAllOfItWasRestoredIsNotLostEither() {
        var publisher = stage.build();
        var subscription = stage.subscribe(publisher, "/hook");
        publisher.subscriptions().pause(subscription);
        var delivery = stage.publishTo(publisher, subscription);
        var trouble = new Trouble();
        // The node hangs in parking for longer than its lease, claims the ticket again meanwhile, and then tries again.
        var hold = new Hold();
        trouble.beforeNext(Call.SETTLE, () -> {
            hold.pass();
            throw StoreException.passing("out of order", null);
        });
        var node = stage.build(trouble);
        node.start();
        hold.awaitReached();

        publisher.subscriptions().resume(subscription);
        Stage.eventually(() -> {
            stage.advance(Duration.ofSeconds(1));
            assertThat(trouble.made(Call.CHORE_DONE)).isPositive();
        });
        int claims = trouble.made(Call.CLAIM);
        Stage.eventually(() -> {
            stage.advance(Duration.ofSeconds(1));
            assertThat(trouble.made(Call.CLAIM)).isGreaterThan(claims + 1);
        });
        hold.release();

        awaitSucceeded(List.of(delivery));
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void whatIsPublishedOnANodeThatHasNotHeardOfThePauseIsSentOrWaitsAndIsNeverStuck() {
        var trouble = new Trouble();
        var stale = stage.start(trouble);
        var other = stage.build();
        var subscription = stage.subscribe(other, "/hook");
        stage.awaitStatus(stage.publishTo(stale, subscription), DeliveryStatus.SUCCEEDED);
        trouble.fail(Call.CHANGES);

        other.subscriptions().pause(subscription);
        var sent = stage.publishTo(stale, subscription);
        stage.awaitStatus(sent, DeliveryStatus.SUCCEEDED);
        trouble.heal(Call.CHANGES);
        stage.elapse(Duration.ofSeconds(31), Duration.ofSeconds(1));
        var waiting = stage.publishTo(stale, subscription);
        stage.pass(Duration.ofMinutes(1));
        assertPending(List.of(waiting));

        // Nor does it hear of the end of it.
        trouble.fail(Call.CHANGES);
        other.subscriptions().resume(subscription);
        stage.elapse(Duration.ofSeconds(20), Duration.ofSeconds(1));
        trouble.heal(Call.CHANGES);

        awaitSucceeded(List.of(waiting));
    }

    @Test
    void pausingAgainWhileWhatWaitedIsBeingRestoredHasItWaitAgain() {
        var trouble = new Trouble();
        var node = stage.start(trouble);
        var subscription = stage.subscribe(node, "/hook");
        node.subscriptions().pause(subscription);
        var deliveries = stage.publishTo(node, subscription, 3);
        stage.pass(Duration.ofMinutes(1));
        var hold = trouble.hold(Call.ENQUEUE);

        node.subscriptions().resume(subscription);
        hold.awaitReached();
        node.subscriptions().pause(subscription);
        hold.release();

        stage.elapse(Duration.ofMinutes(3), Duration.ofSeconds(5));
        assertThat(stage.receiver.requests()).isEmpty();
        assertPending(deliveries);

        node.subscriptions().resume(subscription);
        awaitSucceeded(deliveries);
        assertThat(stage.receiver.requests()).hasSize(3);
    }
}
