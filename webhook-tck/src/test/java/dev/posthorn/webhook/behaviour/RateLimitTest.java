package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.RateLimit;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many attempts begin in a time for one subscription. */
@Timeout(60)
class RateLimitTest {
    private static final Duration STEP = Duration.ofMillis(250);
    private static final RateLimit FOUR_A_SECOND = RateLimit.perSecond(4).burst(1);

    private final Stage stage = new Stage();

    @AfterEach
    void close() {
        stage.close();
    }

    private int received() {
        return stage.receiver.requests("/hook").size();
    }

    private void assertEachWasSentOnce(List<UUID> deliveries) {
        deliveries.forEach(
                id -> assertThat(stage.awaitStatus(id, DeliveryStatus.SUCCEEDED).attemptCount())
                        .isEqualTo(1));
    }

    @Test
    void aRateIsKeptAndWaitingUsesUpNoAttempts() {
        var node = stage.start();
        var subscription = stage.subscribe(node, "/hook", settings -> settings.rateLimit(FOUR_A_SECOND));
        var deliveries = stage.publishTo(node, subscription, 30);

        for (int second = 1; second <= 5; second++) {
            stage.elapse(Duration.ofSeconds(1), STEP);
            // The burst of one, and none of the later ones lost.
            assertThat(received()).isBetween(4 * second - 1, 4 * second + 1);
        }
        stage.elapse(Duration.ofSeconds(4), STEP);

        assertEachWasSentOnce(deliveries);
    }

    @Test
    void theDefaultHoldsForSubscriptionsWithoutALimitOfTheirOwn() {
        var node = stage.start(builder -> builder.rateLimitPerSubscription(FOUR_A_SECOND));
        stage.publishTo(node, stage.subscribe(node, "/hook"), 20);
        stage.publishTo(
                node, stage.subscribe(node, "/free", settings -> settings.rateLimit(RateLimit.perSecond(1_000))), 20);

        stage.elapse(Duration.ofSeconds(2), STEP);

        assertThat(received()).isBetween(7, 9);
        assertThat(stage.receiver.requests("/free")).hasSize(20);
    }

    @Test
    void whatWasClaimedBeforeTheLimitWasKnownKeepsItToo() {
        var node = stage.build();
        var subscription = stage.subscribe(node, "/hook", settings -> settings.rateLimit(FOUR_A_SECOND));
        var deliveries = stage.publishTo(node, subscription, 20);

        stage.start(node);
        stage.elapse(Duration.ofSeconds(2), STEP);

        assertThat(received()).isBetween(7, 9);
        stage.elapse(Duration.ofSeconds(4), STEP);
        assertEachWasSentOnce(deliveries);
    }

    @Test
    void aLimitThatIsRaisedHoldsWithinASecond() {
        var node = stage.start();
        var subscription = stage.subscribe(node, "/hook", settings -> settings.rateLimit(RateLimit.perMinute(1)));
        stage.publishTo(node, subscription, 20);
        stage.elapse(Duration.ofSeconds(5), STEP);
        assertThat(received()).isEqualTo(1);

        Stage.change(node, subscription, settings -> settings.rateLimit(RateLimit.perSecond(100)));
        stage.elapse(Duration.ofSeconds(2), STEP);

        assertThat(received()).isEqualTo(20);
    }

    @Test
    void nodesShareARate() {
        var nodes = List.of(stage.start(), stage.start(), stage.start());
        // All have heard of each other.
        stage.elapse(Duration.ofSeconds(6), Duration.ofSeconds(1));
        var subscription = stage.subscribe(nodes.get(0), "/hook", settings -> settings.rateLimit(FOUR_A_SECOND));
        var deliveries = stage.publishTo(nodes.get(0), subscription, 60);

        stage.elapse(Duration.ofSeconds(5), STEP);
        int before = received();
        stage.elapse(Duration.ofSeconds(5), STEP);

        assertThat(received() - before).isBetween(18, 22);
        stage.elapse(Duration.ofSeconds(10), STEP);
        assertEachWasSentOnce(deliveries);
    }

    @Test
    void whenANodeEndsTheOthersSendItsPart() {
        var first = stage.start();
        var second = stage.start();
        stage.elapse(Duration.ofSeconds(6), Duration.ofSeconds(1));
        var subscription = stage.subscribe(first, "/hook", settings -> settings.rateLimit(FOUR_A_SECOND));
        stage.publishTo(first, subscription, 60);
        stage.stop(second, Duration.ofSeconds(1));
        stage.elapse(Duration.ofSeconds(6), STEP);

        int before = received();
        stage.elapse(Duration.ofSeconds(5), STEP);

        assertThat(received() - before).isBetween(18, 22);
    }
}
