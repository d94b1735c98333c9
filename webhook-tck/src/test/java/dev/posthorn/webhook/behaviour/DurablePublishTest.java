package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.NotFoundException;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.spi.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DurablePublishTest {
    private static final Duration LEASE = Duration.ofSeconds(60);

    private final Stage stage = new Stage();
    private final Trouble trouble = new Trouble();

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void whatIsPublishedIsStoredWhenTheCallReturns() {
        var node = stage.build();
        stage.subscribe(node, "/hook");

        var receipt = node.publish(stage.event());

        assertThat(receipt.duplicate()).isFalse();
        assertThat(stage.delivery(receipt.deliveryIds().get(0)).status()).isEqualTo(DeliveryStatus.PENDING);
        stage.start();
        stage.awaitStatus(receipt.deliveryIds().get(0), DeliveryStatus.SUCCEEDED);
    }

    @Test
    void anAppendThatFailsIsReportedAndNothingIsEverSent() {
        var node = stage.start(trouble);
        stage.subscribe(node, "/hook");
        trouble.failOnce(Call.APPEND);

        assertThatThrownBy(() -> node.publish(stage.event()))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.isTransient()).isTrue());

        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).isEmpty();
        assertThat(node.deliveries().list(DeliveryQuery.all()).items()).isEmpty();
    }

    @Test
    void anAppendWhoseAnswerIsLostIsDeliveredOnceItsLeaseHasRunOut() {
        var node = stage.start(trouble);
        stage.subscribe(node, "/hook");
        stage.rest();
        trouble.loseAnswerOnce(Call.APPEND);

        assertThatThrownBy(() -> node.publish(stage.event()))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.isTransient()).isTrue());

        stage.pass(LEASE.minusSeconds(1));
        assertThat(stage.receiver.requests()).isEmpty();
        stage.pass(Duration.ofSeconds(1));
        stage.receiver.await(1);
        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void ofManyEventsAllAreStoredOrNone() {
        var node = stage.start();
        stage.subscribe(node, "/hook");
        node.publish(stage.event().idempotencyKey("used"));
        stage.receiver.await(1);

        assertThatThrownBy(
                        () -> node.publish(List.of(stage.event(), stage.event().idempotencyKey("used"), stage.event())))
                .isInstanceOf(ConflictException.class);

        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).hasSize(1);
        assertThat(node.deliveries().list(DeliveryQuery.all()).items()).hasSize(1);
    }

    @Test
    void everyFaultOfEveryEventIsNamedAndNothingIsStored() {
        var node = stage.build(trouble, settings -> settings.maxPayloadBytes(10));
        stage.subscribe(node, "/hook");
        var tooLarge = WebhookEvent.of("order.created", "text/plain", Bytes.copyOf(new byte[11]));
        var misnamed = WebhookEvent.of("order created", "text", Bytes.EMPTY).header("Host", "elsewhere");

        assertThatThrownBy(() -> node.publish(List.of(tooLarge, misnamed)))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults())
                                .extracting(InvalidInputException.Fault::field)
                                .containsExactly(
                                        "events[0].payload",
                                        "events[1].type",
                                        "events[1].contentType",
                                        "events[1].headers[Host]"));

        assertThat(trouble.made(Call.APPEND)).isZero();
    }

    @Test
    void aMomentTooFarAwayIsRefusedAndNothingIsStored() {
        var node = stage.build(trouble);
        stage.subscribe(node, "/hook");

        assertThatThrownBy(() -> node.publish(stage.event().notBefore(Instant.MAX)))
                .isInstanceOf(InvalidInputException.class);

        assertThat(node.deliveries().list(DeliveryQuery.all()).items()).isEmpty();
    }

    @Test
    void anEventThatNobodyWantsIsStoredAndHasNoDelivery() {
        var node = stage.start();
        stage.subscribe(node, "/hook", settings -> settings.eventTypes("invoice.*"));

        var receipt = node.publish(stage.event());

        assertThat(receipt.deliveryIds()).isEmpty();
        assertThat(stage.store.deliveries().findEvent(receipt.eventId())).isPresent();
    }

    @Test
    void anEventReachesEverySubscriptionOfItsTenantThatWantsIt() {
        var node = stage.start();
        stage.subscribe(node, "/all");
        stage.subscribe(node, "/orders", settings -> settings.eventTypes("order.*"));
        stage.subscribe(node, "/invoices", settings -> settings.eventTypes("invoice.*"));

        var receipt = node.publish(stage.event());

        assertThat(receipt.deliveryIds()).hasSize(2);
        receipt.deliveryIds().forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        assertThat(stage.receiver.requests())
                .extracting(request -> request.path())
                .containsExactlyInAnyOrder("/all", "/orders");
        assertThat(node.publish(stage.event().tenant("another")).deliveryIds()).isEmpty();
    }

    @Test
    void aSubscriptionOfAnotherTenantIsNotFound() {
        var node = stage.build(trouble);
        var subscription = stage.subscribe(node, "/hook");

        assertThatThrownBy(() -> node.publishTo(subscription, stage.event().tenant("another")))
                .isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> node.publishTo(UUID.randomUUID(), stage.event()))
                .isInstanceOf(NotFoundException.class);

        assertThat(trouble.made(Call.APPEND)).isZero();
        assertThat(node.publishTo(subscription, stage.event().tenant("default")).deliveryIds())
                .hasSize(1);
    }

    @Test
    void manyPublishersAtOnceLoseNothingAndRepeatNothing() {
        var node = stage.start(settings -> settings.batchSize(20));
        for (int i = 0; i < 4; i++) {
            stage.subscribe(node, "/hook/" + i);
        }

        var receipts = IntStream.range(0, 100)
                .parallel()
                .mapToObj(i -> node.publish(stage.event()))
                .toList();
        stage.elapse(Duration.ofSeconds(10), Duration.ofSeconds(1));

        receipts.forEach(
                receipt -> receipt.deliveryIds().forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED)));
        assertThat(stage.receiver.requests()).hasSize(400);
    }
}
