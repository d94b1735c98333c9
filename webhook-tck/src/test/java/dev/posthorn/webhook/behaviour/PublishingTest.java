package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.WebhookPublisher;
import dev.posthorn.webhook.tck.ReceivedRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the host has stand before a dispatcher's publishing. */
@Timeout(60)
class PublishingTest {
    private final Stage stage = new Stage();
    private final List<String> calls = new ArrayList<>();

    @AfterEach
    void close() {
        stage.close();
    }

    /** Notes each call, and adds a header to each event. */
    private final class Noting implements WebhookPublisher {
        private final String name;
        private final WebhookPublisher next;

        Noting(String name, WebhookPublisher next) {
            this.name = name;
            this.next = next;
        }

        @Override
        public List<PublishReceipt> publish(List<WebhookEvent> events) {
            calls.add(name);
            return next.publish(
                    events.stream().map(event -> event.header("x-passed", name)).toList());
        }

        @Override
        public PublishReceipt publishTo(UUID subscriptionId, WebhookEvent event) {
            calls.add(name);
            return next.publishTo(subscriptionId, event.header("x-passed", name));
        }
    }

    @Test
    void whatWasGivenLastStandsFirst() {
        var node = stage.start(settings ->
                settings.publishing(next -> new Noting("inner", next)).publishing(next -> new Noting("outer", next)));
        var subscription = stage.subscribe(node, "/hook");

        node.publish(stage.event());
        node.publish(List.of(stage.event(), stage.event()));
        node.publishTo(subscription, stage.event());

        assertThat(calls).containsExactly("outer", "inner", "outer", "inner", "outer", "inner");
        assertThat(stage.receiver.await(4)).extracting(PublishingTest::passed).containsOnly(Optional.of("inner"));
    }

    private static Optional<String> passed(ReceivedRequest request) {
        return request.header("x-passed");
    }

    @Test
    void whatIsPublishedIntoATransactionDoesNotPassIt() {
        var node = stage.start(settings -> settings.publishing(next -> new Noting("before", next)));
        stage.subscribe(node, "/hook");

        node.publisher(stage.store.deliveries()).publish(stage.event());

        assertThat(calls).isEmpty();
    }

    @Test
    void whatItMakesOfEventsIsChecked() {
        var node = stage.start(settings -> settings.publishing(next -> new Noting("no\nheader", next)));

        assertThatExceptionOfType(InvalidInputException.class)
                .isThrownBy(() -> node.publish(stage.event()))
                .withMessageContaining("headers");
    }
}
