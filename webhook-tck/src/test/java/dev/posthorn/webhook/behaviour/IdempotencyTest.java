package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.spi.StoreException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What is published twice under one idempotency key is sent once. */
@Timeout(60)
@ParameterizedClass
@EnumSource(QueueKind.class)
class IdempotencyTest {
    private final Stage stage;
    private final WebhookEvent keyed;

    IdempotencyTest(QueueKind kind) {
        stage = new Stage(kind);
        keyed = stage.event().idempotencyKey("order-1");
    }

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void theSecondTimeGetsTheFirstReceiptAndNothingIsSent() {
        var node = stage.start();
        stage.subscribe(node, "/hook");
        var first = node.publish(keyed);
        stage.awaitStatus(first.deliveryIds().get(0), DeliveryStatus.SUCCEEDED);

        var second = node.publish(keyed.header("traceparent", "another"));

        assertThat(first.duplicate()).isFalse();
        assertThat(second.duplicate()).isTrue();
        assertThat(second.eventId()).isEqualTo(first.eventId());
        assertThat(second.deliveryIds()).isEqualTo(first.deliveryIds());
        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void twiceInOneCallIsOnceToo() {
        var node = stage.start();
        stage.subscribe(node, "/hook");

        var receipts = node.publish(List.of(keyed, keyed));

        assertThat(receipts.get(1).deliveryIds()).isEqualTo(receipts.get(0).deliveryIds());
        assertThat(receipts.get(1).duplicate()).isTrue();
        stage.awaitStatus(receipts.get(0).deliveryIds().get(0), DeliveryStatus.SUCCEEDED);
        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void whoeverLostTheAnswerCanPublishAgain() {
        var trouble = new Trouble();
        var node = stage.start(trouble);
        stage.subscribe(node, "/hook");
        trouble.loseAnswerOnce(Call.APPEND);
        assertThatThrownBy(() -> node.publish(keyed)).isInstanceOf(StoreException.class);

        var receipt = node.publish(keyed);

        assertThat(receipt.duplicate()).isTrue();
        stage.elapse(Duration.ofMinutes(5), Duration.ofSeconds(10));
        stage.awaitStatus(receipt.deliveryIds().get(0), DeliveryStatus.SUCCEEDED);
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void otherContentUnderTheSameKeyIsRefused() {
        var node = stage.start();
        var subscription = stage.subscribe(node, "/hook");
        node.publish(keyed);
        stage.receiver.await(1);

        var otherPayload = new WebhookEvent(
                keyed.type(), keyed.contentType(), Bytes.utf8("{}"), keyed.headers(), null, "order-1", null);
        assertThatThrownBy(() -> node.publish(otherPayload)).isInstanceOf(ConflictException.class);
        assertThatThrownBy(() -> node.publishTo(subscription, keyed)).isInstanceOf(ConflictException.class);

        stage.pass(Duration.ofMinutes(10));
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void eachTenantHasItsOwnKeys() {
        var node = stage.start();

        assertThat(node.publish(keyed).duplicate()).isFalse();
        assertThat(node.publish(keyed.tenant("another")).duplicate()).isFalse();
    }

    @Test
    void aKeyCanBeUsedAgainOnceItsEventIsPastTheRetention() {
        var node = stage.start(settings -> settings.retention(Duration.ofHours(1)));
        stage.subscribe(node, "/hook");
        var first = node.publish(keyed);
        stage.awaitStatus(first.deliveryIds().get(0), DeliveryStatus.SUCCEEDED);

        stage.pass(Duration.ofHours(1).plusMinutes(2));

        var second = node.publish(keyed);
        assertThat(second.duplicate()).isFalse();
        stage.awaitStatus(second.deliveryIds().get(0), DeliveryStatus.SUCCEEDED);
    }
}
