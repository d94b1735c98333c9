package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.InvalidInputException.Fault;
import dev.posthorn.webhook.NotFoundException;
import dev.posthorn.webhook.SubscriptionSettings;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.TargetUrl;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When the transport is asked about a subscription's URL. */
class UrlCheckTest {
    private static final String WHY = "the host has an address that may not be called";

    private final Stage stage = new Stage();
    private final Set<String> refused = ConcurrentHashMap.newKeySet();
    private final WebhookDispatcher node = stage.build(
            new Trouble(), settings -> settings.transport(new RefusingTransport(Stage.loopback(), refused)));

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void aUrlThatMayNotBeCalledIsRefusedWhenItIsSet() {
        refused.add("inside.example");
        var fine = stage.subscribe(node, "/hook");

        assertRefused(() -> stage.subscribe(node, "/hook", settings -> settings.url("https://inside.example/")));
        assertRefused(() -> Stage.change(node, fine, settings -> settings.url("https://inside.example/")));
        assertThat(node.subscriptions().faultsIn(fine, SubscriptionSettings.to("https://inside.example/")))
                .containsExactly(new Fault("url", WHY));
    }

    @Test
    void aUrlThatStaysIsNotJudgedAgainWhenSomethingElseIsChanged() {
        var subscription = stage.subscribe(node, "/hook", settings -> settings.url("https://moved.example/"));
        refused.add("moved.example");

        Stage.change(node, subscription, settings -> settings.description("still here"));

        var now = node.subscriptions().get(subscription).orElseThrow().settings();
        assertThat(now.description()).isEqualTo("still here");
        assertThat(node.subscriptions().faultsIn(subscription, now)).isEmpty();
        assertRefused(() -> Stage.change(node, subscription, settings -> settings.url("https://moved.example/new")));
    }

    @Test
    void whereThereIsNoSubscriptionTheUrlIsANewOne() {
        refused.add("inside.example");
        var settings = SubscriptionSettings.to("https://inside.example/");

        assertRefused(() -> node.subscriptions().update(UUID.randomUUID(), 1, settings));
        assertThat(node.subscriptions().faultsIn(UUID.randomUUID(), settings)).hasSize(1);
        assertThat(catchThrowableOfType(
                        NotFoundException.class,
                        () -> node.subscriptions()
                                .update(UUID.randomUUID(), 1, SubscriptionSettings.to("https://fine.example/"))))
                .isNotNull();
    }

    private static void assertRefused(ThrowingCallable call) {
        assertThat(catchThrowableOfType(InvalidInputException.class, call).faults())
                .containsExactly(new Fault("url", WHY));
    }

    /** The real transport, which knows of some hosts that they may not be called. */
    private record RefusingTransport(WebhookTransport real, Set<String> refused) implements WebhookTransport {
        @Override
        public TransportResult send(TransportRequest request) {
            return real.send(request);
        }

        @Override
        public Optional<String> refusal(TargetUrl url) {
            return refused.contains(url.host()) ? Optional.of(WHY) : Optional.empty();
        }

        @Override
        public void close() {
            real.close();
        }
    }
}
