package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.tck.RecordingReceiver;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever fails, and for however long: once it works again, everything is delivered. */
@Timeout(60)
class OutageTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration STEP = Duration.ofSeconds(20);

    private final Stage stage = new Stage();
    private final Trouble trouble = new Trouble();

    @AfterEach
    void close() {
        stage.close();
    }

    private static void assertHealth(WebhookDispatcher node, Health.Status status) {
        assertThat(node.health().status()).as(() -> node.health().toString()).isEqualTo(status);
    }

    /** A second into an outage, half a minute into it, and to its end. */
    private void sitOut(WebhookDispatcher node) {
        stage.elapse(Duration.ofSeconds(2), Duration.ofSeconds(1));
        assertHealth(node, Health.Status.DEGRADED);
        stage.elapse(Duration.ofSeconds(30), Duration.ofSeconds(1));
        assertHealth(node, Health.Status.DOWN);
        stage.elapse(HOUR, STEP);
        assertHealth(node, Health.Status.DOWN);
    }

    private void recover(WebhookDispatcher node) {
        trouble.healAll();
        stage.elapse(Duration.ofMinutes(3), STEP);
        Stage.eventually(() -> assertHealth(node, Health.Status.UP));
    }

    @Test
    void aStoreThatFailsForAnHourStopsNothingForGood() {
        var publisher = stage.build();
        var node = stage.start(trouble);
        var deliveries = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"), 3);
        trouble.failAll();

        sitOut(node);
        assertThat(stage.receiver.requests()).isEmpty();
        recover(node);

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        assertThat(stage.receiver.requests()).hasSize(3);
    }

    @Test
    void claimsThatFailForAnHourStopNothingForGood() {
        var publisher = stage.build();
        var node = stage.start(trouble);
        var deliveries = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"), 3);
        trouble.fail(Call.CLAIM);

        sitOut(node);
        recover(node);

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        assertThat(stage.receiver.requests()).hasSize(3);
    }

    @Test
    void loadsThatFailForAnHourStopNothingForGood() {
        var publisher = stage.build();
        var node = stage.start(trouble);
        var deliveries = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"), 3);
        trouble.fail(Call.LOAD);

        stage.elapse(HOUR, STEP);
        assertThat(stage.receiver.requests()).isEmpty();
        recover(node);

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
    }

    @Test
    void outcomesThatCannotBeRecordedForAnHourAreRecordedThen() {
        var node = stage.start(trouble);
        trouble.fail(Call.RECORD);
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        Stage.eventually(() -> assertThat(trouble.made(Call.RECORD)).isPositive());

        for (int minute = 0; minute < 60; minute++) {
            stage.elapseMeanwhile(Duration.ofMinutes(1), STEP);
            assertThat(Stage.part(node, "recorder").status()).isNotEqualTo(Health.Status.UP);
        }
        recover(node);

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.receiver.requests()).hasSize(1);
    }

    @Test
    void claimsThatFailForAReasonThatWillNotPassAreTriedAgainAllTheSameAndHealthSaysSo() {
        var publisher = stage.build();
        var node = stage.start(trouble);
        var delivery = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"));
        trouble.before(Call.CLAIM, () -> {
            throw StoreException.lasting("there is no such table", null);
        });

        stage.elapse(Duration.ofMinutes(1), Duration.ofSeconds(1));

        assertThat(node.health().status()).isNotEqualTo(Health.Status.UP);
        recover(node);
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void aNodeThatStartsWhileTheStoreIsAwayDeliversOnceItIsThere() {
        var publisher = stage.build();
        var delivery = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"));
        trouble.failAll();
        var node = stage.start(trouble);

        stage.elapse(HOUR, STEP);
        recover(node);

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void attemptsGoOnWhileTheStoreIsAway() {
        var node = stage.start(trouble, settings -> settings.maxInFlightPerSubscription(1));
        var gates = new Gates(200);
        stage.receiver.on("/hook").byDefault(gates);
        stage.publishTo(node, stage.subscribe(node, "/hook"), 2);
        stage.receiver.await(1);
        trouble.failAll();
        stage.advance(Duration.ofSeconds(5));

        gates.openAll();

        stage.receiver.await(2);
    }

    @Test
    void anEndpointThatIsAwayGetsItsDeliveryWhenItIsBack() {
        var away = RecordingReceiver.start();
        int port = away.port();
        var url = away.url("/hook");
        away.close();
        var node = stage.start(
                settings -> settings.retry(RetryPolicy.schedule(HOUR, HOUR).jitter(0)));
        node.subscriptions().create(NewSubscription.to(url));
        var delivery = node.publish(stage.event()).deliveryIds().get(0);
        stage.awaitAttempts(delivery, 1);
        stage.pass(HOUR);
        assertThat(stage.awaitAttempts(delivery, 2))
                .extracting(attempt -> attempt.outcome())
                .containsOnly(AttemptOutcome.UNREACHABLE);

        try (var back = RecordingReceiver.start(port)) {
            stage.pass(HOUR);
            back.await(1);
            stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        }
    }
}
