package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.WebhookDispatcher;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many attempts run at once for one subscription. */
@Timeout(60)
class LaneLimitTest {
    private final Stage stage = new Stage();
    private final Gates gates = new Gates(200);

    @AfterEach
    void close() {
        gates.openAll();
        stage.close();
    }

    @Test
    void aSubscriptionsOwnLimitIsNeverExceeded() {
        stage.receiver.on("/hook").byDefault(gates);
        var node = stage.start();
        var subscription = stage.subscribe(node, "/hook", settings -> settings.maxInFlight(3));

        neverMoreThan(3, stage.publishTo(node, subscription, 20));
    }

    @Test
    void theLimitForAllIsNeverExceededWhereASubscriptionHasNoneOfItsOwn() {
        stage.receiver.on("/hook").byDefault(gates);
        var node = stage.start(settings -> settings.maxInFlightPerSubscription(2));

        neverMoreThan(2, stage.publishTo(node, stage.subscribe(node, "/hook"), 20));
    }

    @Test
    void theLimitHoldsForWhatWasClaimedToo() {
        stage.receiver.on("/hook").byDefault(gates);
        var node = stage.build(new Trouble(), settings -> settings.maxInFlightPerSubscription(2));
        var deliveries = stage.publishTo(node, stage.subscribe(node, "/hook"), 20);

        stage.start(node);

        neverMoreThan(2, deliveries);
    }

    private void neverMoreThan(int limit, List<UUID> deliveries) {
        for (int answered = 0; answered < deliveries.size(); answered++) {
            int expected = Math.min(deliveries.size(), answered + limit);
            stage.awaitParked();
            // Far enough for a look at the queue.
            stage.advance(Duration.ofSeconds(1));
            stage.receiver.await(expected);
            stage.awaitParked();
            assertThat(stage.receiver.requests()).hasSize(expected);
            gates.openOne();
        }
        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
    }

    @Test
    void aLimitThatWasLoweredHoldsFromTheNextAttemptOn() {
        // Of 4 at once, endpoints that have not answered yet get 2.
        var node = stage.start(settings -> settings.maxInFlight(4));
        var fillersGates = new Gates(200);
        stage.receiver.on("/another").byDefault(fillersGates);
        stage.receiver.on("/limited").byDefault(gates);
        var subscription = stage.subscribe(node, "/limited");
        var filler = publishToAnother(node);
        stage.publishTo(node, subscription, 2);
        stage.receiver.await(2);

        Stage.change(node, subscription, settings -> settings.maxInFlight(1));
        fillersGates.openAll();

        stage.awaitStatus(filler, DeliveryStatus.SUCCEEDED);
        stage.awaitParked();
        assertThat(stage.receiver.requests("/limited")).hasSize(1);
    }

    private UUID publishToAnother(WebhookDispatcher node) {
        var delivery = stage.publishTo(node, stage.subscribe(node, "/another"));
        stage.receiver.await(1);
        return delivery;
    }
}
