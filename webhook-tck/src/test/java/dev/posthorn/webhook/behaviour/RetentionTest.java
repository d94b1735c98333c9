package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How long what is over is kept. */
@Timeout(60)
class RetentionTest {
    private static final Duration RETENTION = Duration.ofHours(1);

    private final Stage stage = new Stage();

    @AfterEach
    void close() {
        stage.close();
    }

    private WebhookDispatcher start() {
        return stage.start(settings -> settings.retention(RETENTION)
                .retry(RetryPolicy.schedule(Duration.ofDays(2)).jitter(0))
                .expiryGrace(Duration.ofDays(2)));
    }

    @Test
    void whatIsOverLeavesWithItsAttemptsAndItsEventAfterTheRetention() {
        var node = start();
        var receipt = node.publishTo(stage.subscribe(node, "/hook"), stage.event());
        var delivery = receipt.deliveryIds().get(0);
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);

        stage.pass(RETENTION.minusSeconds(1));
        assertThat(node.deliveries().get(delivery)).isPresent();
        stage.pass(Duration.ofMinutes(2));

        assertThat(node.deliveries().get(delivery)).isEmpty();
        assertThat(node.deliveries().list(DeliveryQuery.all()).items()).isEmpty();
        assertThat(stage.attempts(delivery)).isEmpty();
        assertThat(stage.store.deliveries().findEvent(receipt.eventId())).isEmpty();
    }

    @Test
    void theRetentionCountsFromTheEndOfADelivery() {
        var node = start();
        var delivery = node.publishTo(
                        stage.subscribe(node, "/hook"),
                        stage.event().notBefore(stage.clock.now().plus(RETENTION)))
                .deliveryIds()
                .get(0);
        stage.pass(RETENTION);
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);

        stage.pass(RETENTION.minusSeconds(1));

        assertThat(node.deliveries().get(delivery)).isPresent();
    }

    @Test
    void whatIsPendingNeverLeaves() {
        stage.receiver.on("/hook").next(500);
        var node = start();
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        stage.awaitAttempts(delivery, 1);

        stage.elapse(Duration.ofDays(2).minusMinutes(5), Duration.ofMinutes(30));
        assertThat(node.deliveries().get(delivery)).isPresent();
        stage.elapse(Duration.ofMinutes(10), Duration.ofMinutes(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void anEventStaysAsLongAsOneOfItsDeliveries() {
        stage.receiver.on("/slow").next(500);
        var node = start();
        stage.subscribe(node, "/quick");
        var slow = stage.subscribe(node, "/slow");
        var receipt = node.publish(stage.event());
        var late = receipt.deliveryIds().stream()
                .filter(id -> stage.delivery(id).subscriptionId().equals(slow))
                .findFirst()
                .orElseThrow();
        receipt.deliveryIds().forEach(id -> stage.awaitAttempts(id, 1));

        stage.pass(RETENTION.plusMinutes(2));

        assertThat(node.deliveries().list(DeliveryQuery.all()).items())
                .extracting(delivery -> delivery.id())
                .containsExactly(late);
        node.deliveries().retry(late);
        stage.awaitStatus(late, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void anEventThatNobodyWantedLeavesToo() {
        var node = start();
        var event = node.publish(stage.event()).eventId();

        stage.pass(RETENTION.plusMinutes(2));

        assertThat(stage.store.deliveries().findEvent(event)).isEmpty();
    }

    @Test
    void aFailedPurgeIsRepeated() {
        var trouble = new Trouble();
        var node = stage.start(trouble, settings -> settings.retention(RETENTION));
        var receipt = node.publishTo(stage.subscribe(node, "/hook"), stage.event());
        stage.awaitStatus(receipt.deliveryIds().get(0), DeliveryStatus.SUCCEEDED);
        trouble.fail(Call.PURGE);
        stage.elapse(RETENTION.plusMinutes(5), Duration.ofMinutes(1));
        assertThat(stage.store.deliveries().findEvent(receipt.eventId())).isPresent();

        trouble.healAll();
        stage.pass(Duration.ofMinutes(1));

        assertThat(stage.store.deliveries().findEvent(receipt.eventId())).isEmpty();
    }
}
