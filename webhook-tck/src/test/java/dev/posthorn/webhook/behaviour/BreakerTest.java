package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.BreakerPolicy;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.LaneState;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.tck.Answer;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Endpoints that only fail are left alone for a while. */
@Timeout(60)
class BreakerTest {
    private static final BreakerPolicy AFTER_THREE =
            new BreakerPolicy(3, 1, Duration.ofSeconds(20), Duration.ofSeconds(30));

    private final Stage stage = new Stage();

    @AfterEach
    void close() {
        stage.close();
    }

    private WebhookDispatcher start(UnaryOperator<WebhookDispatcher.Builder> settings) {
        return stage.start(builder -> settings.apply(builder.breaker(AFTER_THREE)
                .maxInFlightPerSubscription(1)
                .retry(RetryPolicy.schedule(Duration.ofHours(1)).jitter(0))));
    }

    private WebhookDispatcher start() {
        return start(builder -> builder);
    }

    private LaneState.Breaker breaker(WebhookDispatcher node, UUID subscription) {
        return node.lane(subscription).breaker();
    }

    /** Publishes so many to an endpoint that fails, until it is left alone. */
    private List<UUID> publishUntilOpen(WebhookDispatcher node, UUID subscription, int count) {
        var deliveries = stage.publishTo(node, subscription, count);
        Stage.eventually(() -> assertThat(breaker(node, subscription)).isEqualTo(LaneState.Breaker.OPEN));
        stage.rest();
        return deliveries;
    }

    @Test
    void whatWaitsBehindAFailingEndpointIsNotSentAndUsesUpNoAttempts() {
        stage.receiver.on("/hook").byDefault(Answer.status(500));
        var node = start();
        var subscription = stage.subscribe(node, "/hook");

        var deliveries = publishUntilOpen(node, subscription, 10);
        stage.elapse(Duration.ofSeconds(19), Duration.ofSeconds(1));

        assertThat(stage.receiver.requests("/hook")).hasSize(3);
        assertThat(node.lane(subscription).resumesIn()).isBetween(Duration.ZERO, Duration.ofSeconds(3));
        assertThat(Stage.part(node, "breakers").detail()).isEqualTo("1 not closed");

        stage.receiver.on("/hook").byDefault(Answer.status(200));
        stage.elapse(Duration.ofSeconds(10), Duration.ofSeconds(1));

        deliveries
                .subList(3, 10)
                .forEach(id -> assertThat(
                                stage.awaitStatus(id, DeliveryStatus.SUCCEEDED).attemptCount())
                        .isEqualTo(1));
        assertThat(node.lane(subscription).breaker()).isEqualTo(LaneState.Breaker.CLOSED);
    }

    @Test
    void oneAtATimeIsSentToSeeAndEachTimeAnother() {
        stage.receiver.on("/hook").byDefault(Answer.status(503));
        var node = start();
        var subscription = stage.subscribe(node, "/hook");
        var deliveries = publishUntilOpen(node, subscription, 10);

        // Pauses of 20 and then 30 seconds, each up to a tenth longer, and a look at the queue each second.
        stage.elapse(Duration.ofSeconds(24), Duration.ofSeconds(1));
        assertThat(stage.receiver.requests("/hook")).hasSize(4);
        stage.elapse(Duration.ofSeconds(34), Duration.ofSeconds(1));
        assertThat(stage.receiver.requests("/hook")).hasSize(5);

        assertThat(stage.arrivals(deliveries, "/hook")).doesNotHaveDuplicates();
    }

    @Test
    void anotherEndpointIsNotTouched() {
        stage.receiver.on("/hook").byDefault(Answer.status(500));
        var node = start();
        publishUntilOpen(node, stage.subscribe(node, "/hook"), 10);

        stage.awaitStatus(stage.publishTo(node, stage.subscribe(node, "/another")), DeliveryStatus.SUCCEEDED);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 404, 413, 301})
    void aPayloadThatIsAlwaysRejectedDoesNotStopTheOthers(int status) {
        var node = start();
        var subscription = stage.subscribe(node, "/hook");
        stage.receiver.on("/hook").byDefault(Answer.status(status));
        stage.publishTo(node, subscription, 10).forEach(id -> stage.awaitAttempts(id, 1));

        stage.receiver.on("/hook").byDefault(Answer.status(200));

        stage.awaitStatus(stage.publishTo(node, subscription), DeliveryStatus.SUCCEEDED);
        assertThat(breaker(node, subscription)).isEqualTo(LaneState.Breaker.CLOSED);
    }

    @Test
    void aRejectionIsASignOfLifeToo() {
        stage.receiver.on("/hook").byDefault(Answer.status(500));
        var node = start();
        var subscription = stage.subscribe(node, "/hook");
        publishUntilOpen(node, subscription, 10);

        stage.receiver.on("/hook").byDefault(Answer.status(404));
        stage.elapse(Duration.ofSeconds(30), Duration.ofSeconds(1));

        assertThat(breaker(node, subscription)).isEqualTo(LaneState.Breaker.CLOSED);
        assertThat(stage.receiver.requests("/hook")).hasSize(10);
    }

    @Test
    void withoutAPolicyEverythingIsTried() {
        stage.receiver.on("/hook").byDefault(Answer.status(500));
        var node = start(builder -> builder.breaker(null));

        stage.publishTo(node, stage.subscribe(node, "/hook"), 30).forEach(id -> stage.awaitAttempts(id, 1));
    }
}
