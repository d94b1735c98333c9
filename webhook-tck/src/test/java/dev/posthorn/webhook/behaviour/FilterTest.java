package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.PayloadFilter;
import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.tck.Answer;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A subscription with a filter gets the payloads that match it. */
@Timeout(60)
class FilterTest {
    private static final PayloadFilter LARGE = PayloadFilter.parse("{\"pointer\":\"/total\",\"gte\":100}");
    private static final PayloadFilter SMALL = PayloadFilter.parse("{\"pointer\":\"/total\",\"lt\":100}");

    private final Stage stage = new Stage();

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void whatMatchesIsDeliveredAndNothingElseIsMade() {
        var node = stage.start();
        var large = stage.subscribe(node, "/large", settings -> settings.filter(LARGE));
        var small = stage.subscribe(node, "/small", settings -> settings.filter(SMALL));
        var all = stage.subscribe(node, "/all");

        var receipts = node.publish(List.of(order("250.00"), order("99.99"), order("\"many\"")));

        assertThat(receivers(receipts.get(0))).containsExactlyInAnyOrder(large, all);
        assertThat(receivers(receipts.get(1))).containsExactlyInAnyOrder(small, all);
        assertThat(receivers(receipts.get(2))).containsExactly(all);
        stage.receiver.await(5);
        assertThat(stage.receiver.requests("/large"))
                .singleElement()
                .satisfies(request -> assertThat(request.body().toUtf8String()).isEqualTo("{\"total\": 250.00}"));
        assertThat(stage.receiver.requests("/small")).hasSize(1);
    }

    @Test
    void whatIsPublishedStraightToItIsHeldToTheFilterToo() {
        var node = stage.start();
        var large = stage.subscribe(node, "/large", settings -> settings.filter(LARGE));

        assertThat(node.publishTo(large, order("1")).deliveryIds()).isEmpty();
        assertThat(node.publishTo(large, order("100")).deliveryIds()).hasSize(1);
    }

    @Test
    void whatIsNotPublishedAsJsonMatchesNoFilter() {
        var node = stage.start();
        stage.subscribe(
                node,
                "/all",
                settings -> settings.filter(PayloadFilter.parse("{\"pointer\":\"/x\",\"exists\":false}")));

        assertThat(publish(node, WebhookEvent.of("order.created", "text/plain", Bytes.utf8("{}"))))
                .isEmpty();
        assertThat(publish(node, WebhookEvent.of("order.created", "application/json", Bytes.utf8("{"))))
                .isEmpty();
        assertThat(publish(node, WebhookEvent.of("order.created", "application/json", Bytes.utf8("{}"))))
                .hasSize(1);
    }

    @Test
    void anotherFilterCountsFromTheNextPublishOnAndNotForWhatWaits() {
        stage.receiver.on("/hook").next(Answer.status(500));
        var node = stage.start(settings ->
                settings.retry(RetryPolicy.schedule(Duration.ofMinutes(1)).jitter(0)));
        var subscription = stage.subscribe(node, "/hook", settings -> settings.filter(LARGE));
        var waiting = node.publish(order("100")).deliveryIds().get(0);
        stage.awaitAttempts(waiting, 1);

        Stage.change(node, subscription, settings -> settings.filter(SMALL));
        assertThat(node.publish(order("100")).deliveryIds()).isEmpty();
        assertThat(node.publish(order("1")).deliveryIds()).hasSize(1);
        stage.pass(Duration.ofMinutes(1));
        stage.awaitStatus(waiting, DeliveryStatus.SUCCEEDED);

        Stage.change(node, subscription, settings -> settings.filter(null));
        assertThat(node.publish(order("100")).deliveryIds()).hasSize(1);
    }

    private static WebhookEvent order(String total) {
        return WebhookEvent.of("order.created", "application/json", Bytes.utf8("{\"total\": " + total + "}"));
    }

    private static List<UUID> publish(WebhookDispatcher node, WebhookEvent event) {
        return node.publish(event).deliveryIds();
    }

    private List<UUID> receivers(PublishReceipt receipt) {
        return receipt.deliveryIds().stream()
                .map(id -> stage.delivery(id).subscriptionId())
                .toList();
    }
}
