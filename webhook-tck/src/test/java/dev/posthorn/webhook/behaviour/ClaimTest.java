package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.WebhookEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How what waits on the queue comes to a node. */
@Timeout(60)
class ClaimTest {
    private final Stage stage = new Stage();
    private final Trouble trouble = new Trouble();

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void aBacklogIsDeliveredInManyClaims() {
        var publisher = stage.build();
        var deliveries = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"), 100);

        stage.start(trouble, settings -> settings.batchSize(10));
        stage.elapse(Duration.ofSeconds(5), Duration.ofSeconds(1));

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        assertThat(stage.receiver.requests()).hasSize(100);
        assertThat(trouble.made(Call.CLAIM)).isGreaterThanOrEqualTo(10);
    }

    @Test
    void roomThatALaneGetsIsFilledWithoutWaitingForTheNextPoll() {
        var publisher = stage.build();
        var deliveries = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"), 20);

        stage.start(settings -> settings.maxInFlightPerSubscription(2));

        // No time passes.
        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
    }

    @Test
    void theOldestDueComesFirst() {
        var publisher = stage.build();
        var subscription = stage.subscribe(publisher, "/hook");
        var deliveries = new ArrayList<UUID>();
        for (int i = 9; i >= 0; i--) {
            var due = stage.clock.now().plusSeconds(i);
            var receipt = publisher.publishTo(subscription, stage.event().notBefore(due));
            deliveries.addAll(receipt.deliveryIds());
        }
        stage.advance(Duration.ofSeconds(20));

        stage.start(settings -> settings.maxInFlightPerSubscription(1));
        stage.elapse(Duration.ofSeconds(10), Duration.ofSeconds(1));

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        Collections.reverse(deliveries);
        assertThat(stage.arrivals(deliveries, "/hook")).containsExactlyElementsOf(deliveries);
    }

    @Test
    void payloadsBeyondWhatMayBeHeldInMemoryAreDeliveredBitByBit() {
        var publisher = stage.build();
        stage.subscribe(publisher, "/hook");
        var large = WebhookEvent.of("order.created", "text/plain", Bytes.copyOf(new byte[256 * 1024]));
        var events = Collections.nCopies(20, large);
        var deliveries = publisher.publish(events).stream()
                .map(PublishReceipt::deliveryIds)
                .flatMap(ids -> ids.stream())
                .toList();

        stage.start(settings -> settings.heldBytes(1024 * 1024));
        stage.elapse(Duration.ofSeconds(5), Duration.ofSeconds(1));

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        assertThat(stage.receiver.requests()).hasSize(20);
    }

    @Test
    void twoNodesShareABacklogAndSendNothingTwice() {
        var publisher = stage.build();
        var deliveries = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"), 100);

        stage.start(settings -> settings.batchSize(5));
        stage.start(settings -> settings.batchSize(5));
        stage.elapse(Duration.ofSeconds(10), Duration.ofSeconds(1));

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        assertThat(stage.receiver.requests()).hasSize(100);
    }

    @Test
    void anIdleNodeLooksForWorkOnceEachPollInterval() {
        stage.start(trouble, settings -> settings.pollInterval(Duration.ofSeconds(10)));
        int before = trouble.made(Call.CLAIM);

        stage.elapse(Duration.ofMinutes(5), Duration.ofSeconds(1));

        // A poll comes up to a tenth early, so that nodes do not ask in step.
        assertThat(trouble.made(Call.CLAIM) - before).isBetween(29, 34);
    }
}
