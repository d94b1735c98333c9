package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.RateLimit;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.tck.Answer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A queue that is not the store's own may lose what it holds, and fail where the store does not. */
@Timeout(60)
class OutsideQueueTest {
    /** What is overdue for two leases is put back, and looked for every half minute. */
    private static final Duration UNTIL_PUT_BACK = Duration.ofSeconds(151);

    private final Stage stage = new Stage(QueueKind.OUTSIDE);
    private final Trouble trouble = new Trouble();

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void aQueueThatLosesEverythingLosesNoDelivery() {
        var publisher = stage.build();
        var deliveries = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"), 5);
        stage.losableQueue.loseEverything();
        stage.start();
        // Somebody might hold them still.
        stage.pass(Duration.ofSeconds(59));
        assertThat(stage.receiver.requests()).isEmpty();

        stage.pass(Duration.ofSeconds(1));

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).hasSize(5);
    }

    @Test
    void aRetryThatTheQueueLostIsMadeAllTheSame() {
        stage.receiver.on("/hook").next(500);
        var node = stage.start(settings ->
                settings.retry(RetryPolicy.schedule(Duration.ofMinutes(5)).jitter(0)));
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        stage.awaitAttempts(delivery, 1);
        stage.rest();
        stage.losableQueue.loseEverything();

        stage.pass(Duration.ofMinutes(5).plusSeconds(1));
        assertThat(stage.receiver.requests()).hasSize(1);
        stage.pass(UNTIL_PUT_BACK);
        stage.pass(Duration.ofSeconds(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.receiver.requests()).hasSize(2);
    }

    /** Nobody was there to see it lose anything, nor to mark what it had before. */
    @Test
    void aNodeThatStartsOnAQueueThatIsEmptyFindsWhatTheStoreHas() {
        var publisher = stage.build();
        var deliveries = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"), 2_500);
        stage.losableQueue.loseEverything();
        stage.clock.advance(Duration.ofHours(10));

        stage.start();
        stage.elapse(Duration.ofSeconds(5), Duration.ofMillis(100));
        // They come a lease later, in case a node held them when the queue lost them.
        stage.pass(Duration.ofSeconds(60));

        stage.awaitStatus(deliveries.get(0), DeliveryStatus.SUCCEEDED);
        stage.awaitStatus(deliveries.get(2_499), DeliveryStatus.SUCCEEDED);
        stage.rest();
        assertThat(stage.receiver.requests()).hasSize(2_500);
    }

    @Test
    void whatANodeHoldsWhenTheQueueLosesEverythingIsNotSentByAnother() {
        var gate = new CountDownLatch(1);
        stage.receiver.on("/hook").byDefault(Answer.status(200).heldBy(gate));
        var node = stage.start(settings -> settings.timeout(Duration.ofSeconds(50)));
        var deliveries = stage.publishTo(node, stage.subscribe(node, "/hook"), 3);
        stage.receiver.await(3);
        stage.losableQueue.loseEverything();
        var other = stage.start(settings -> settings.timeout(Duration.ofSeconds(50)));
        stage.elapseMeanwhile(Duration.ofSeconds(45), Duration.ofSeconds(5));
        assertThat(stage.queue.stats().tickets()).isEqualTo(3);
        gate.countDown();
        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));

        stage.elapse(Duration.ofMinutes(5), Duration.ofSeconds(10));

        assertThat(stage.receiver.requests()).hasSize(3);
        assertThat(stage.queue.stats().tickets()).isZero();
        assertThat(other.health().status()).isEqualTo(Health.Status.UP);
    }

    @Test
    void whatWaitsForLongIsNotPutOnTheQueueAtEachPass() {
        var node = stage.start();
        var subscription =
                stage.subscribe(node, "/hook", settings -> settings.rateLimit(RateLimit.of(1, Duration.ofHours(1))));
        var deliveries = stage.publishTo(node, subscription, 4);
        stage.awaitStatus(deliveries.get(0), DeliveryStatus.SUCCEEDED);

        stage.elapse(Duration.ofMinutes(50), Duration.ofSeconds(10));
        // As it was published, and in the passes while it was young.
        int soFar = stage.losableQueue.enqueued(deliveries.get(3));
        assertThat(soFar).isBetween(2, 12);
        stage.elapse(Duration.ofMinutes(65), Duration.ofSeconds(10));
        assertThat(stage.losableQueue.enqueued(deliveries.get(3))).isBetween(soFar + 1, soFar + 2);
    }

    @Test
    void aRetryByHandThatTheQueueDidNotTakeIsMadeAllTheSame() {
        var node = stage.start(trouble, settings -> settings.retry(RetryPolicy.never()));
        stage.receiver.on("/failing").next(500);
        var delivery = stage.publishTo(node, stage.subscribe(node, "/failing"));
        stage.awaitStatus(delivery, DeliveryStatus.FAILED);
        stage.pass(Duration.ofMinutes(5));
        trouble.failOnce(Call.ENQUEUE);

        assertThatThrownBy(() -> node.deliveries().retry(delivery)).isInstanceOf(StoreException.class);
        assertThat(stage.delivery(delivery).status()).isEqualTo(DeliveryStatus.PENDING);

        stage.elapse(Duration.ofMinutes(4), Duration.ofSeconds(10));
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.receiver.requests()).hasSize(2);
    }

    @Test
    void aQueueThatLosesEverythingWhileItIsLookedThroughIsLookedThroughAgain() {
        var publisher = stage.build();
        var deliveries = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"), 2_500);
        stage.clock.advance(Duration.ofHours(1));
        var node = stage.build(trouble, settings -> settings);
        node.pause();
        stage.losableQueue.loseEverything();
        stage.start(node);
        // The first thousand are there.
        Stage.eventually(() -> assertThat(stage.queue.stats().tickets()).isEqualTo(1_000));
        stage.losableQueue.loseEverything();

        stage.elapse(Duration.ofMinutes(2), Duration.ofSeconds(1));

        assertThat(stage.queue.stats().tickets()).isEqualTo(2_500);
        assertThat(stage.losableQueue.enqueued(deliveries.get(0))).isEqualTo(3);
    }

    @Test
    void ticketsThatCouldNotBePutOnTheQueueFollowLater() {
        var node = stage.start(trouble);
        stage.subscribe(node, "/hook");
        trouble.failOnce(Call.ENQUEUE);

        var delivery = node.publish(stage.event()).deliveryIds().get(0);

        stage.pass(Duration.ofMinutes(1));
        assertThat(stage.receiver.requests()).isEmpty();
        stage.pass(UNTIL_PUT_BACK);
        stage.pass(Duration.ofSeconds(1));
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void ticketsWhoseEnqueueLostItsAnswerAreSentOnceTheirLeaseHasRunOut() {
        var node = stage.start(trouble);
        stage.subscribe(node, "/hook");
        stage.rest();
        trouble.loseAnswerOnce(Call.ENQUEUE);

        var delivery = node.publish(stage.event()).deliveryIds().get(0);

        stage.pass(Duration.ofSeconds(59));
        assertThat(stage.receiver.requests()).isEmpty();
        stage.pass(Duration.ofSeconds(1));
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void aRetryByHandOfWhichTheStoresAnswerIsLostIsFoundAtOnce() {
        var node = stage.start(trouble);
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        stage.pass(UNTIL_PUT_BACK);
        trouble.loseAnswerOnce(Call.RETRY);

        assertThatThrownBy(() -> node.deliveries().retry(delivery)).isInstanceOf(StoreException.class);

        stage.elapse(Duration.ofMinutes(2), Duration.ofSeconds(1));
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.receiver.requests()).hasSize(2);
    }

    @Test
    void whatIsRecordedButCannotBeSettledIsSettledLaterAndNotSentAgain() {
        var node = stage.start(trouble);
        stage.subscribe(node, "/hook");
        trouble.fail(Call.SETTLE);

        var delivery = node.publish(stage.event()).deliveryIds().get(0);

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        stage.elapseMeanwhile(Duration.ofMinutes(5), Duration.ofSeconds(10));
        assertThat(stage.queue.stats().tickets()).isEqualTo(1);
        trouble.healAll();
        stage.elapse(Duration.ofMinutes(1), Duration.ofSeconds(10));
        Stage.eventually(() -> assertThat(stage.queue.stats().tickets()).isZero());
        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void aTicketOfADeliveryThatIsOverIsTakenOffAndNothingIsSent() {
        var publisher = stage.build();
        var delivery = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"));
        stage.store.deliveries().cancel(Set.of(delivery));

        stage.start();

        Stage.eventually(() -> assertThat(stage.queue.stats().tickets()).isZero());
        stage.rest();
        assertThat(stage.receiver.requests()).isEmpty();
    }

    @Test
    void aNodeThatDiedBetweenRecordingAndSettlingDoesNotHastenTheRetry() {
        stage.receiver.on("/hook").next(500);
        var retry = RetryPolicy.schedule(Duration.ofMinutes(10)).jitter(0);
        var dying = stage.start(trouble, settings -> settings.retry(retry));
        trouble.fail(Call.SETTLE);
        var delivery = stage.publishTo(dying, stage.subscribe(dying, "/hook"));
        stage.awaitAttempts(delivery, 1);
        stage.crash(dying);
        stage.start(settings -> settings.retry(retry));

        stage.elapse(Duration.ofMinutes(9), Duration.ofSeconds(30));
        assertThat(stage.receiver.requests()).hasSize(1);
        stage.elapse(Duration.ofMinutes(3), Duration.ofSeconds(5));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.receiver.requests()).hasSize(2);
    }

    @Test
    void aCancelledDeliveryIsNotSentEvenIfItsTicketCannotBeTakenOff() {
        var gate = new CountDownLatch(1);
        stage.receiver.on("/hook").byDefault(Answer.status(200).heldBy(gate));
        var node = stage.start(trouble, settings -> settings.maxInFlightPerSubscription(1));
        var deliveries = stage.publishTo(node, stage.subscribe(node, "/hook"), 2);
        stage.receiver.await(1);
        trouble.fail(Call.REMOVE);

        try {
            node.deliveries().cancel(deliveries.get(1));
        } catch (StoreException mayBeTold) {
            // The delivery is cancelled all the same: the store is the truth.
        }
        gate.countDown();

        stage.awaitStatus(deliveries.get(0), DeliveryStatus.SUCCEEDED);
        stage.rest();
        assertThat(stage.receiver.requests()).hasSize(1);
        assertThat(stage.delivery(deliveries.get(1)).status()).isEqualTo(DeliveryStatus.CANCELLED);
    }
}
