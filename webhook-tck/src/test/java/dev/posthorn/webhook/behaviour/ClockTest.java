package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.RetryPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Wall clocks that jump, and nodes whose wall clock is wrong. */
@Timeout(60)
class ClockTest {
    private static final RetryPolicy IN_TEN_MINUTES =
            RetryPolicy.schedule(Duration.ofMinutes(10)).jitter(0);

    private final Stage stage = new Stage();
    private final SkewedTime skewed = new SkewedTime(stage.clock);

    @AfterEach
    void close() {
        stage.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1})
    void aJumpOfTheWallClockMovesNoRetry(int hours) {
        stage.receiver.on("/hook").next(500);
        var node = stage.start(settings -> settings.retry(IN_TEN_MINUTES));
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        stage.awaitAttempts(delivery, 1);

        stage.clock.jumpWall(Duration.ofHours(hours));

        stage.pass(Duration.ofMinutes(10).minusMillis(1));
        assertThat(stage.receiver.requests()).hasSize(1);
        stage.pass(Duration.ofMillis(1));
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1})
    void aJumpOfTheWallClockNeitherEndsNorLengthensALease(int hours) {
        var gates = new Gates(200);
        stage.receiver.on("/hook").byDefault(gates);
        var trouble = new Trouble();
        var slow = stage.start(trouble);
        stage.start();
        stage.publishTo(slow, stage.subscribe(slow, "/hook"));
        stage.receiver.await(1);
        trouble.fail(Call.CLAIM);

        stage.clock.jumpWall(Duration.ofHours(hours));

        stage.elapseMeanwhile(Duration.ofSeconds(59), Duration.ofSeconds(1));
        assertThat(stage.receiver.requests()).hasSize(1);
        stage.elapseMeanwhile(Duration.ofSeconds(1), Duration.ofSeconds(1));
        stage.receiver.await(2);
        gates.openAll();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1})
    void whatIsPublishedAfterAJumpDoesNotOvertakeWhatWaited(int hours) {
        var publisher = stage.build();
        var subscription = stage.subscribe(publisher, "/hook");
        var deliveries = new ArrayList<UUID>(stage.publishTo(publisher, subscription, 3));
        stage.advance(Duration.ofSeconds(1));
        stage.clock.jumpWall(Duration.ofHours(hours));
        deliveries.addAll(stage.publishTo(publisher, subscription, 3));

        stage.start(settings -> settings.maxInFlightPerSubscription(1));
        stage.elapse(Duration.ofSeconds(5), Duration.ofSeconds(1));

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        assertThat(stage.arrivals(deliveries, "/hook")).containsExactlyElementsOf(deliveries);
    }

    @Test
    void idsAscendAlsoWhenTheClockGoesBack() {
        var node = stage.build();
        var before = node.publish(stage.event()).eventId();

        stage.clock.jumpWall(Duration.ofHours(-1));

        assertThat(node.publish(stage.event()).eventId()).isGreaterThan(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {-100, 100})
    void aNodeWhoseClockIsWrongPublishesAndSignsByTheStoresTime(int seconds) {
        skewed.wrongBy(Duration.ofSeconds(seconds));
        var node = stage.start(settings -> settings.time(skewed));
        stage.subscribe(node, "/hook");

        var receipt = node.publish(stage.event());

        var event = stage.store.deliveries().findEvent(receipt.eventId()).orElseThrow();
        assertThat(event.publishedAt()).isEqualTo(stage.clock.now());
        var request = stage.receiver.await(1).get(0);
        assertThat(Long.parseLong(request.header("webhook-timestamp").orElseThrow()))
                .isEqualTo(stage.clock.now().getEpochSecond());
    }

    @ParameterizedTest
    @ValueSource(ints = {-100, 100})
    void soDoesANodeThatOnlyPublishes(int seconds) {
        skewed.wrongBy(Duration.ofSeconds(seconds));
        var node = stage.build(new Trouble(), settings -> settings.time(skewed));

        var receipt = node.publish(stage.event());
        assertPublishedNow(receipt);

        // And it notices when that changes.
        skewed.wrongBy(Duration.ofSeconds(-seconds));
        stage.advance(Duration.ofSeconds(31));
        assertPublishedNow(node.publish(stage.event()));
    }

    private void assertPublishedNow(PublishReceipt receipt) {
        var event = stage.store.deliveries().findEvent(receipt.eventId()).orElseThrow();
        assertThat(event.publishedAt()).isEqualTo(stage.clock.now());
        long idMillis = receipt.eventId().getMostSignificantBits() >>> 16;
        assertThat(idMillis).isGreaterThanOrEqualTo(stage.clock.now().toEpochMilli());
    }

    @Test
    void anEventForLaterIsSentAtItsMomentByTheStoresTime() {
        skewed.wrongBy(Duration.ofMinutes(-1));
        var node = stage.start(settings -> settings.time(skewed));
        stage.subscribe(node, "/hook");

        node.publish(stage.event().notBefore(stage.clock.now().plusSeconds(30)));

        stage.pass(Duration.ofSeconds(30).minusMillis(1));
        assertThat(stage.receiver.requests()).isEmpty();
        stage.pass(Duration.ofMillis(1));
        stage.receiver.await(1);
    }

    @ParameterizedTest
    @CsvSource({
        "4999, UP",
        "-4999, UP",
        "5000, DEGRADED",
        "-5000, DEGRADED",
        "119999, DEGRADED",
        "-119999, DEGRADED",
        "120000, DOWN",
        "-120000, DOWN"
    })
    void healthTellsHowFarTheClockIsFromTheStores(long millis, Health.Status expected) {
        var node = stage.start(settings -> settings.time(skewed));
        assertThat(Stage.part(node, "clock").status()).isEqualTo(Health.Status.UP);

        skewed.wrongBy(Duration.ofMillis(millis));
        stage.pass(Duration.ofSeconds(10));

        assertThat(Stage.part(node, "clock").status()).isEqualTo(expected);
        assertThat(node.health().status()).isEqualTo(expected);
        skewed.wrongBy(Duration.ZERO);
        stage.pass(Duration.ofSeconds(10));
        assertThat(node.health().status()).isEqualTo(Health.Status.UP);
    }
}
