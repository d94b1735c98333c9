package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.RetryPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What is published on a node that runs goes straight to its lanes, if nothing older is due. */
@Timeout(60)
@ParameterizedClass
@EnumSource(QueueKind.class)
class HandOffTest {
    private final Stage stage;
    private final Trouble trouble = new Trouble();

    HandOffTest(QueueKind kind) {
        stage = new Stage(kind);
    }

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void anIdleNodeSendsWhatIsPublishedOnItWithoutAClaimOrALoad() {
        var node = stage.start(trouble);
        var subscription = stage.subscribe(node, "/hook");
        stage.rest();
        int claims = trouble.made(Call.CLAIM);

        var deliveries = stage.publishTo(node, subscription, 20);

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        assertThat(trouble.made(Call.CLAIM)).isEqualTo(claims);
        assertThat(trouble.made(Call.LOAD)).isZero();
        stage.rest();
        assertThat(stage.queue.stats().tickets()).isZero();
    }

    @Test
    void manyEventsInOneCallAreSentWithoutAClaimToo() {
        var node = stage.start(trouble);
        stage.subscribe(node, "/one");
        stage.subscribe(node, "/two");
        stage.rest();
        int claims = trouble.made(Call.CLAIM);

        var receipts = node.publish(Collections.nCopies(20, stage.event()));

        receipts.forEach(
                receipt -> receipt.deliveryIds().forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED)));
        assertThat(trouble.made(Call.APPEND)).isEqualTo(1);
        assertThat(trouble.made(Call.CLAIM)).isEqualTo(claims);
    }

    @Test
    void anEventForLaterWaitsForItsMoment() {
        var node = stage.start(trouble);
        var subscription = stage.subscribe(node, "/hook");
        var delivery = node.publishTo(
                        subscription, stage.event().notBefore(stage.clock.now().plusSeconds(10)))
                .deliveryIds()
                .get(0);

        stage.pass(Duration.ofSeconds(10).minusMillis(1));
        assertThat(stage.receiver.requests()).isEmpty();
        stage.pass(Duration.ofMillis(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void anEventForAMomentThatHasPassedIsSentAtOnce() {
        var node = stage.start();
        stage.subscribe(node, "/hook");

        node.publish(stage.event().notBefore(stage.clock.now().minusSeconds(10)));

        stage.receiver.await(1);
    }

    @Test
    void whatIsPublishedBeforeTheNodeKnowsOfItsBacklogComesBehindThat() {
        var publisher = stage.build();
        var subscription = stage.subscribe(publisher, "/hook");
        var deliveries = new ArrayList<UUID>(stage.publishTo(publisher, subscription, 5));
        stage.advance(Duration.ofSeconds(1));
        var hold = trouble.hold(Call.CLAIM);
        var node = stage.build(trouble, settings -> settings.maxInFlightPerSubscription(1));
        node.start();
        hold.awaitReached();

        deliveries.addAll(stage.publishTo(node, subscription, 5));
        hold.release();

        stage.receiver.await(10);
        assertThat(stage.arrivals(deliveries, "/hook")).containsExactlyElementsOf(deliveries);
    }

    @Test
    void whatIsPublishedForAFullLaneIsClaimedWhenThereIsRoomAndNotBefore() {
        var gates = new Gates(200);
        stage.receiver.on("/hook").byDefault(gates);
        var node = stage.start(
                trouble, settings -> settings.maxInFlightPerSubscription(1).breaker(null));
        var subscription = stage.subscribe(node, "/hook");
        stage.rest();
        var deliveries = new ArrayList<>(stage.publishTo(node, subscription, 2));
        stage.receiver.await(1);
        int claims = trouble.made(Call.CLAIM);

        for (int i = 0; i < 30; i++) {
            deliveries.add(stage.publishTo(node, subscription));
            stage.awaitParked();
        }
        assertThat(trouble.made(Call.CLAIM)).isEqualTo(claims);

        // Time stands still, so nobody looks by himself.
        gates.openAll();
        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
    }

    @Test
    void aBusyPublisherDoesNotKeepASlowEndpointsBacklogWaiting() {
        var gates = new Gates(500);
        stage.receiver.on("/hook").byDefault(gates);
        var publisher = stage.build();
        var subscription = stage.subscribe(publisher, "/hook");
        stage.publishTo(publisher, subscription, 20);
        var node = stage.start(settings ->
                settings.maxInFlightPerSubscription(2).breaker(null).retry(RetryPolicy.schedule(Duration.ofHours(1))));
        stage.receiver.await(2);

        var newer = new ArrayList<UUID>();
        for (int answered = 1; answered <= 15; answered++) {
            gates.openOne();
            stage.receiver.await(2 + answered);
            stage.advance(Duration.ofMillis(100));
            stage.awaitParked();
            newer.add(stage.publishTo(node, subscription));
        }

        // One may slip in while a claim is on its way.
        long overtaking =
                newer.stream().filter(id -> !stage.requestsFor(id).isEmpty()).count();
        gates.openAll();
        assertThat(overtaking).isLessThanOrEqualTo(3);
    }
}
