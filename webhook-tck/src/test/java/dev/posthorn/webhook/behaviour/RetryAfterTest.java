package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.tck.Answer;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Endpoints that say how long they want to be left alone. */
@Timeout(60)
class RetryAfterTest {
    private static final RetryPolicy IN_A_MINUTE =
            RetryPolicy.schedule(Duration.ofMinutes(1), Duration.ofMinutes(1)).jitter(0);

    private final Stage stage = new Stage();
    private final Trouble trouble = new Trouble();

    @AfterEach
    void close() {
        stage.close();
    }

    private WebhookDispatcher start() {
        return stage.start(trouble, settings -> settings.retry(IN_A_MINUTE).maxInFlightPerSubscription(1));
    }

    private static Answer busy(int status, String retryAfter) {
        return Answer.status(status).header("Retry-After", retryAfter);
    }

    /** Publishes, and has it answered so. */
    private UUID answered(WebhookDispatcher node, Answer answer) {
        stage.receiver.on("/hook").next(answer);
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        stage.awaitAttempts(delivery, 1);
        return delivery;
    }

    private void assertTriedAgainAfter(Duration delay, UUID delivery) {
        stage.pass(delay.minusMillis(1));
        assertThat(stage.requestsFor(delivery)).hasSize(1);
        // Far enough for a look at the queue.
        stage.pass(Duration.ofSeconds(1));
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.delivery(delivery).attemptCount()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void secondsThatAreLongerThanTheScheduleLengthenTheDelay(int status) {
        assertTriedAgainAfter(Duration.ofMinutes(10), answered(start(), busy(status, "600")));
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void aDateThatIsLaterThanTheScheduleLengthensTheDelay(int status) {
        var date = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                stage.clock.now().plusSeconds(600).atOffset(ZoneOffset.UTC));

        assertTriedAgainAfter(Duration.ofMinutes(10), answered(start(), busy(status, date)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"30", "0", "-5", "soon", "", "Tue, 01 Jan 2019 00:00:00 GMT", "1.5"})
    void whatIsShorterThanTheScheduleOrMeansNothingLeavesTheDelay(String retryAfter) {
        assertTriedAgainAfter(Duration.ofMinutes(1), answered(start(), busy(429, retryAfter)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"86400", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"})
    void whatIsTooLongIsCutToTheLongest(String retryAfter) {
        var node = stage.start(settings -> settings.retry(IN_A_MINUTE).longestRetryAfter(Duration.ofMinutes(30)));

        assertTriedAgainAfter(Duration.ofMinutes(30), answered(node, busy(429, retryAfter)));
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 404, 301})
    void otherAnswersHaveNoSay(int status) {
        var node = start();
        var delivery = answered(node, busy(status, "600"));

        stage.awaitStatus(stage.publishTo(node, stage.delivery(delivery).subscriptionId()), DeliveryStatus.SUCCEEDED);
        assertTriedAgainAfter(Duration.ofMinutes(1), delivery);
    }

    @Test
    void everythingForTheEndpointWaitsAndNoAttemptIsUsedUp() {
        var node = start();
        var gate = new CountDownLatch(1);
        stage.receiver.on("/hook").next(busy(429, "600").heldBy(gate));
        var subscription = stage.subscribe(node, "/hook");
        // One in flight, one in the lane, the others on the queue.
        var deliveries = stage.publishTo(node, subscription, 5);
        stage.receiver.await(1);
        gate.countDown();
        stage.awaitAttempts(deliveries.get(0), 1);
        deliveries.add(stage.publishTo(node, subscription));
        var another = stage.publishTo(node, stage.subscribe(node, "/another"));

        stage.pass(Duration.ofMinutes(10).minusMillis(1));
        assertThat(stage.receiver.requests("/hook")).hasSize(1);
        stage.awaitStatus(another, DeliveryStatus.SUCCEEDED);
        stage.elapse(Duration.ofSeconds(5), Duration.ofSeconds(1));

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        assertThat(stage.delivery(deliveries.get(0)).attemptCount()).isEqualTo(2);
        deliveries
                .subList(1, 6)
                .forEach(id -> assertThat(stage.delivery(id).attemptCount()).isEqualTo(1));
    }

    @Test
    void aLaneRestsAlsoAfterTheLastAttemptOfADelivery() {
        var node = stage.start(settings -> settings.retry(RetryPolicy.never()));
        var delivery = answered(node, busy(503, "600"));
        stage.awaitStatus(delivery, DeliveryStatus.FAILED);
        stage.rest();

        var next = stage.publishTo(node, stage.delivery(delivery).subscriptionId());

        stage.pass(Duration.ofMinutes(10).minusMillis(1));
        assertThat(stage.receiver.requests()).hasSize(1);
        stage.pass(Duration.ofSeconds(1));
        stage.awaitStatus(next, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void whatIsJustBeingPublishedWaitsToo() {
        var node = start();
        var gate = new CountDownLatch(1);
        stage.receiver.on("/hook").next(busy(429, "600").heldBy(gate));
        var subscription = stage.subscribe(node, "/hook");
        var first = stage.publishTo(node, subscription);
        stage.receiver.await(1);
        var hold = trouble.holdAnswer(Call.APPEND);
        var publishing = CompletableFuture.supplyAsync(() -> stage.publishTo(node, subscription));
        hold.awaitReached();

        gate.countDown();
        stage.awaitAttempts(first, 1);
        Stage.eventually(
                () -> assertThat(Stage.part(node, "dispatcher").detail()).startsWith("0 in flight"));
        stage.awaitParked();
        hold.release();
        var second = publishing.join();

        stage.pass(Duration.ofMinutes(10).minusMillis(1));
        assertThat(stage.requestsFor(second)).isEmpty();
        stage.pass(Duration.ofSeconds(1));
        stage.awaitStatus(second, DeliveryStatus.SUCCEEDED);
    }
}
