package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.WebhookDispatcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One endpoint cannot slow another. */
@Timeout(60)
class FairnessTest {
    private final Stage stage = new Stage();
    private final Gates gates = new Gates(200);

    @AfterEach
    void close() {
        gates.openAll();
        stage.close();
    }

    /** A subscription whose endpoint has just shown to be quick. */
    private UUID proven(WebhookDispatcher node, String path) {
        var subscription = stage.subscribe(node, path);
        stage.awaitStatus(stage.publishTo(node, subscription), DeliveryStatus.SUCCEEDED);
        return subscription;
    }

    private List<UUID> hanging(WebhookDispatcher node, int endpoints, int deliveriesOfEach) {
        var deliveries = new ArrayList<UUID>();
        for (int i = 0; i < endpoints; i++) {
            var path = "/hanging/" + i;
            stage.receiver.on(path).byDefault(gates);
            deliveries.addAll(stage.publishTo(node, stage.subscribe(node, path), deliveriesOfEach));
        }
        return deliveries;
    }

    private long hangingRequests() {
        return stage.receiver.requests().stream()
                .filter(request -> request.path().startsWith("/hanging/"))
                .count();
    }

    @Test
    void endpointsThatHangTakeAtMostHalfAndTheOthersGetAllOfTheirs() {
        var node = stage.start(settings -> settings.maxInFlight(8).batchSize(10));
        var healthy = proven(node, "/healthy");
        var late = hanging(node, 6, 10);
        Stage.eventually(() -> assertThat(hangingRequests()).isEqualTo(4));

        var quick = stage.publishTo(node, healthy, 200);

        quick.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        assertThat(hangingRequests()).isEqualTo(4);
        gates.openAll();
        late.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
    }

    @Test
    void aFloodForOneEndpointThatHangsLeavesTheOthersAlone() {
        var node = stage.start(settings -> settings.maxInFlight(8).batchSize(10));
        var healthy = proven(node, "/healthy");
        stage.receiver.on("/hanging/flood").byDefault(gates);
        var flooded = stage.subscribe(node, "/hanging/flood");
        var flood = IntStream.range(0, 1_000).mapToObj(i -> stage.event()).toList();
        flood.forEach(event -> node.publishTo(flooded, event));

        var quick = stage.publishTo(node, healthy, 100);

        quick.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        assertThat(hangingRequests()).isEqualTo(4);
    }

    @Test
    void anEndpointThatHasShownToBeQuickDoesNotWaitBehindThoseThatHang() {
        // Half of it is 2: the rest is for those that are quick.
        var node = stage.start(settings -> settings.maxInFlight(4));
        var quickGates = new Gates(200);
        stage.receiver.on("/quick").byDefault(quickGates);
        stage.receiver.on("/hanging/0").byDefault(gates);
        stage.receiver.on("/hanging/1").byDefault(gates);
        var quick = stage.subscribe(node, "/quick");
        stage.publishTo(node, stage.subscribe(node, "/hanging/0"));
        stage.receiver.await("/hanging/0", 1);
        var deliveries = new ArrayList<>(stage.publishTo(node, quick, 1));
        stage.receiver.await("/quick", 1);
        stage.publishTo(node, stage.subscribe(node, "/hanging/1"));
        deliveries.addAll(stage.publishTo(node, quick, 2));

        quickGates.openAll();

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
    }

    @Test
    void twoEndpointsAreServedInTurn() {
        var node = stage.start(settings -> settings.maxInFlight(2));
        var one = proven(node, "/one");
        var two = proven(node, "/two");
        stage.receiver.on("/one").byDefault(gates);
        stage.receiver.on("/two").byDefault(gates);
        stage.publishTo(node, one, 40);
        stage.publishTo(node, two, 40);
        stage.receiver.await(2 + 2);

        gates.openAll();

        stage.receiver.await(2 + 80);
        int ahead = 0;
        for (var request : stage.receiver.requests()) {
            ahead += request.path().equals("/one") ? 1 : -1;
            assertThat(ahead).isBetween(-4, 4);
        }
    }

    @Test
    void anEndpointThatBecameSlowCountsAsSlowAgain() {
        var node = stage.start(settings -> settings.maxInFlight(8));
        var gone = proven(node, "/hanging/0");
        stage.advance(Duration.ofSeconds(61));
        stage.awaitParked();
        stage.receiver.on("/hanging/0").byDefault(gates);

        stage.publishTo(node, gone, 20);

        Stage.eventually(() -> assertThat(hangingRequests()).isEqualTo(1 + 4));
        stage.awaitParked();
        assertThat(hangingRequests()).isEqualTo(1 + 4);
    }

    @Test
    void endpointsThatHangForLongTakeAtMostHalfHoweverQuickTheyOnceWere() {
        var node = stage.start(settings -> settings.maxInFlight(4).lease(Duration.ofMinutes(10)));
        var subscriptions = IntStream.range(0, 4)
                .mapToObj(i -> proven(node, "/hanging/" + i))
                .toList();
        IntStream.range(0, 4).forEach(i -> stage.receiver.on("/hanging/" + i).byDefault(gates));
        // All were quick a moment ago, so all hang at once, and one more of each waits.
        var deliveries = new ArrayList<UUID>();
        subscriptions.forEach(id -> deliveries.add(stage.publishTo(node, id)));
        Stage.eventually(() -> assertThat(hangingRequests()).isEqualTo(4 + 4));
        subscriptions.forEach(id -> deliveries.add(stage.publishTo(node, id)));
        gates.openOne();
        Stage.eventually(() -> assertThat(hangingRequests()).isEqualTo(4 + 5));
        stage.advance(Duration.ofSeconds(61));

        for (int i = 0; i < 4; i++) {
            gates.openOne();
        }

        Stage.eventually(() -> assertThat(
                        deliveries.stream().filter(id -> stage.delivery(id).status() == DeliveryStatus.SUCCEEDED))
                .hasSize(5));
        stage.receiver.await(4 + 5 + 2);
        stage.awaitParked();
        assertThat(hangingRequests()).isEqualTo(4 + 5 + 2);
    }
}
