package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.tck.Answer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LeaseTest {
    private final Stage stage = new Stage();

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void aLeaseThatDoesNotOutlastTheTimeoutByTheMarginIsRefused() {
        var timeout = Duration.ofSeconds(10);

        assertThatThrownBy(() -> stage.build(
                        new Trouble(), settings -> settings.timeout(timeout).lease(Duration.ofMillis(14_999))))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults())
                                .extracting(InvalidInputException.Fault::field)
                                .containsExactly("lease"));
        assertThatCode(() -> stage.build(
                        new Trouble(), settings -> settings.timeout(timeout).lease(Duration.ofSeconds(15))))
                .doesNotThrowAnyException();
    }

    @Test
    void aTimeoutOfASubscriptionThatTheLeaseDoesNotOutlastIsRefused() {
        var node = stage.build(new Trouble(), settings -> settings.lease(Duration.ofSeconds(30)));

        assertThatThrownBy(
                        () -> stage.subscribe(node, "/hook", settings -> settings.timeout(Duration.ofMillis(25_001))))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults())
                                .extracting(InvalidInputException.Fault::field)
                                .containsExactly("timeout"));
        assertThat(stage.subscribe(node, "/hook", settings -> settings.timeout(Duration.ofSeconds(25))))
                .isNotNull();
    }

    @Test
    void everySettingOutOfBoundsIsNamedAtOnce() {
        assertThatThrownBy(() -> stage.build(
                        new Trouble(),
                        settings -> settings.nodeId(" ")
                                .maxInFlight(1)
                                .maxInFlightPerSubscription(0)
                                .batchSize(5_001)
                                .heldBytes(1024)
                                .maxPayloadBytes(0)
                                .timeout(Duration.ZERO)
                                .lease(Duration.ofHours(2))
                                .expiryGrace(Duration.ofSeconds(-1))
                                .longestRetryAfter(Duration.ofDays(2))
                                .pollInterval(Duration.ofMillis(9))
                                .retention(Duration.ofSeconds(59))))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults())
                                .extracting(InvalidInputException.Fault::field)
                                .containsExactlyInAnyOrder(
                                        "nodeId",
                                        "maxInFlight",
                                        "maxInFlightPerSubscription",
                                        "batchSize",
                                        "heldBytes",
                                        "maxPayloadBytes",
                                        "timeout",
                                        "lease",
                                        "expiryGrace",
                                        "longestRetryAfter",
                                        "pollInterval",
                                        "retention"));
    }

    @Test
    void aStoreNeedsExactlyOneQueue() {
        assertThatThrownBy(() -> stage.build(new Trouble(), settings -> settings.queue(stage.losableQueue)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("queue");
        var withoutQueue = InMemoryWebhookStore.withoutQueue(stage.clock);
        assertThatThrownBy(() -> WebhookDispatcher.builder(withoutQueue).build())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("queue");
    }

    @Test
    void whatWaitedTooLongInItsLaneIsNotSentUntilItIsLeasedAgain() {
        var gate = new CountDownLatch(1);
        stage.receiver.on("/hook").next(Answer.status(200).heldBy(gate));
        var node = stage.start(settings -> settings.maxInFlightPerSubscription(1)
                .timeout(Duration.ofSeconds(15))
                .lease(Duration.ofSeconds(20)));
        var deliveries = stage.publishTo(node, stage.subscribe(node, "/hook"), 2);
        stage.receiver.await(1);
        stage.advance(Duration.ofSeconds(6));

        gate.countDown();

        stage.awaitStatus(deliveries.get(0), DeliveryStatus.SUCCEEDED);
        stage.rest();
        assertThat(stage.requestsFor(deliveries.get(1))).isEmpty();
        stage.pass(Duration.ofSeconds(14));
        var second = stage.awaitStatus(deliveries.get(1), DeliveryStatus.SUCCEEDED);
        assertThat(second.attemptCount()).isEqualTo(1);
        assertThat(stage.requestsFor(deliveries.get(1))).hasSize(1);
    }

    @Test
    void aTimeoutSetUnderLongerLeasesDoesNotKeepItsSubscriptionFromBeingSentTo() {
        var generous = stage.build(new Trouble(), settings -> settings.lease(Duration.ofMinutes(5)));
        var subscription = stage.subscribe(generous, "/hook", settings -> settings.timeout(Duration.ofMinutes(2)));
        var delivery = stage.publishTo(generous, subscription);

        stage.start(settings -> settings.lease(Duration.ofSeconds(30)));
        stage.elapse(Duration.ofMinutes(2), Duration.ofSeconds(10));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }
}
