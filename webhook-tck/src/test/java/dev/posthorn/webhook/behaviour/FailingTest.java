package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.Subscription.DisabledReason;
import dev.posthorn.webhook.SubscriptionStatus;
import dev.posthorn.webhook.WaitingDeliveries;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.tck.Answer;
import dev.posthorn.webhook.transport.SocketTransport;
import java.time.Duration;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An endpoint that does nothing but fail for days is given up. */
@Timeout(60)
class FailingTest {
    private static final Duration HALF_DAY = Duration.ofHours(12);
    /** One a half day for five days, and one at the end of the last. */
    private static final int FIVE_DAYS = 11;

    private final Stage stage = new Stage();
    private final Trouble trouble = new Trouble();
    private final RecordingListener listener = new RecordingListener();

    @AfterEach
    void close() {
        stage.close();
    }

    private WebhookDispatcher start() {
        return start(settings -> settings);
    }

    private WebhookDispatcher start(UnaryOperator<WebhookDispatcher.Builder> more) {
        return stage.start(
                trouble,
                // Every delivery is to be tried, however many have failed.
                settings -> more.apply(
                        settings.breaker(null).retry(RetryPolicy.never()).listener(listener)));
    }

    private UUID subscribe(WebhookDispatcher node) {
        stage.receiver.on("/hook").byDefault(Answer.status(500));
        return stage.subscribe(node, "/hook");
    }

    /** So many attempts, half a day between one and the next. */
    private void fail(WebhookDispatcher node, UUID subscription, int times) {
        for (int i = 0; i < times; i++) {
            if (i > 0) {
                stage.pass(HALF_DAY);
            }
            stage.awaitStatus(stage.publishTo(node, subscription), DeliveryStatus.FAILED);
        }
        stage.rest();
    }

    private void succeed(WebhookDispatcher node, UUID subscription) {
        stage.receiver.on("/hook").next(200);
        stage.awaitStatus(stage.publishTo(node, subscription), DeliveryStatus.SUCCEEDED);
        stage.rest();
    }

    /** Time enough for every node to report, and for one to disable. */
    private void passMinutes() {
        stage.elapse(Duration.ofMinutes(3), Duration.ofSeconds(30));
    }

    private void assertActive(UUID subscription) {
        passMinutes();
        assertThat(status(subscription)).isEqualTo(SubscriptionStatus.ACTIVE);
    }

    private void assertDisabled(UUID subscription) {
        passMinutes();
        var found = stage.store.subscriptions().find(subscription).orElseThrow().subscription();
        assertThat(found.status()).isEqualTo(SubscriptionStatus.DISABLED);
        assertThat(found.disabledReason()).isEqualTo(DisabledReason.FAILING);
    }

    private SubscriptionStatus status(UUID subscription) {
        return stage.store
                .subscriptions()
                .find(subscription)
                .orElseThrow()
                .subscription()
                .status();
    }

    @Test
    void fiveDaysOfNothingButFailureDisableIt() {
        var node = start();
        var subscription = subscribe(node);
        var began = stage.clock.now();

        fail(node, subscription, FIVE_DAYS);

        assertThat(node.subscriptions().failingSince(subscription)).contains(began);
        assertDisabled(subscription);
        Stage.eventually(() -> assertThat(listener.told())
                .contains(new RecordingListener.Told("subscriptionDisabled", subscription, DisabledReason.FAILING)));
        assertThat(listener.kinds(subscription)).hasSize(1);
        assertThat(node.publish(stage.event()).deliveryIds()).isEmpty();
        assertThat(node.subscriptions().failingSince(subscription)).isEmpty();
    }

    @Test
    void lessThanFiveDaysDoNot() {
        var node = start();
        var subscription = subscribe(node);

        fail(node, subscription, FIVE_DAYS - 1);
        stage.pass(HALF_DAY.minusSeconds(1));
        fail(node, subscription, 1);

        assertActive(subscription);
    }

    @Test
    void nineFailuresDoNotHoweverLongTheyTake() {
        var node = start(settings -> settings.disableAfter(Duration.ofDays(2)));
        var subscription = subscribe(node);

        fail(node, subscription, 9);
        assertActive(subscription);

        fail(node, subscription, 1);
        assertDisabled(subscription);
    }

    @Test
    void oneOutageDoesNotThoughNothingFollowsIt() {
        var node = start();
        var subscription = subscribe(node);
        stage.publishTo(node, subscription, 20).forEach(id -> stage.awaitStatus(id, DeliveryStatus.FAILED));

        stage.pass(Duration.ofDays(6));
        assertActive(subscription);

        fail(node, subscription, 1);
        assertDisabled(subscription);
    }

    @Test
    void oneSuccessBeginsItAnew() {
        var node = start();
        var subscription = subscribe(node);
        fail(node, subscription, FIVE_DAYS - 1);
        stage.pass(HALF_DAY);

        // All within a minute, so that one report tells of both.
        succeed(node, subscription);
        fail(node, subscription, 1);
        assertActive(subscription);

        stage.pass(HALF_DAY);
        fail(node, subscription, FIVE_DAYS - 1);
        assertDisabled(subscription);
    }

    @Test
    void aSuccessOnAnotherNodeBeginsItAnew() {
        var node = start();
        // It never disables anything, and reports all the same.
        var other = stage.start(settings -> settings.disableAfter(null));
        var subscription = subscribe(node);
        fail(node, subscription, FIVE_DAYS - 1);
        stage.pass(HALF_DAY);

        succeed(other, subscription);
        passMinutes();
        fail(node, subscription, 1);

        assertActive(subscription);
    }

    @Test
    void failuresOnAllNodesCount() {
        var node = start();
        var other = stage.start(settings -> settings.retry(RetryPolicy.never()));
        var subscription = subscribe(node);

        fail(node, subscription, 5);
        stage.pass(HALF_DAY);
        fail(other, subscription, FIVE_DAYS - 5);

        assertDisabled(subscription);
    }

    @Test
    void itIsRememberedAcrossARestart() {
        var first = stage.start(settings -> settings.retry(RetryPolicy.never()));
        var subscription = subscribe(first);
        fail(first, subscription, 5);
        // In the last minute before it ends.
        fail(first, subscription, 1);
        stage.stop(first, Duration.ofSeconds(5));
        assertThat(stage.store
                        .subscriptions()
                        .failing(subscription)
                        .orElseThrow()
                        .failures())
                .isEqualTo(6);

        stage.clock.advance(HALF_DAY);
        fail(start(), subscription, FIVE_DAYS - 5);

        assertDisabled(subscription);
    }

    @Test
    void anotherUrlBeginsItAnew() {
        var node = start();
        var subscription = subscribe(node);
        fail(node, subscription, FIVE_DAYS - 1);

        Stage.change(node, subscription, settings -> settings.url(stage.receiver.url("/new")));
        stage.receiver.on("/new").byDefault(Answer.status(500));
        stage.pass(HALF_DAY);
        fail(node, subscription, 1);

        assertActive(subscription);
        assertThat(node.subscriptions().failingSince(subscription))
                .hasValueSatisfying(
                        since -> assertThat(since).isAfter(stage.clock.now().minus(HALF_DAY)));
    }

    @Test
    void whatOurSideRefusedToSendDoesNotCount() {
        var publisher = stage.build();
        var subscription = subscribe(publisher);
        var node = start(settings -> settings.transport(SocketTransport.create()));

        fail(node, subscription, FIVE_DAYS);

        assertThat(stage.store
                        .deliveries()
                        .list(DeliveryQuery.ofSubscription(subscription))
                        .items())
                .allSatisfy(delivery -> assertThat(
                                stage.attempts(delivery.id()).get(0).outcome())
                        .isEqualTo(AttemptOutcome.BLOCKED));
        assertActive(subscription);
    }

    @Test
    void itCanBeTurnedOff() {
        var node = start(settings -> settings.disableAfter(null));
        var subscription = subscribe(node);

        fail(node, subscription, 2 * FIVE_DAYS);

        assertActive(subscription);
        assertThat(node.subscriptions().failingSince(subscription)).isPresent();
    }

    @Test
    void whatCannotBeReportedIsReportedLater() {
        var node = start();
        var subscription = subscribe(node);
        trouble.fail(Call.REPORT);
        fail(node, subscription, FIVE_DAYS);
        passMinutes();
        assertThat(status(subscription)).isEqualTo(SubscriptionStatus.ACTIVE);

        trouble.heal(Call.REPORT);

        assertDisabled(subscription);
    }

    @Test
    void itCostsTheStoreNothingWhereNothingIsSentAndOneCallAMinuteElse() {
        var node = start();
        var subscription = subscribe(node);
        stage.elapse(Duration.ofMinutes(5), Duration.ofSeconds(30));
        assertThat(trouble.made(Call.REPORT)).isZero();

        stage.publishTo(node, subscription, 50).forEach(id -> stage.awaitStatus(id, DeliveryStatus.FAILED));
        stage.elapse(Duration.ofMinutes(5), Duration.ofSeconds(30));

        assertThat(trouble.made(Call.REPORT)).isEqualTo(1);
    }

    @Test
    void whatWaitsIsSentIfSomebodyEnablesItAndTheTimeBeginsAnew() {
        var node = start();
        var subscription = subscribe(node);
        var waiting = node.publishTo(
                        subscription, stage.event().notBefore(stage.clock.now().plus(Duration.ofDays(6))))
                .deliveryIds()
                .get(0);
        fail(node, subscription, FIVE_DAYS);
        assertDisabled(subscription);
        stage.pass(Duration.ofHours(26));

        node.subscriptions().enable(subscription, WaitingDeliveries.DELIVER);

        stage.awaitStatus(waiting, DeliveryStatus.FAILED);
        assertThat(stage.attempts(waiting)).hasSize(1);
        assertActive(subscription);
    }

    @Test
    void whatWaitsCanBeDropped() {
        var node = start();
        var subscription = subscribe(node);
        var waiting = node.publishTo(
                        subscription, stage.event().notBefore(stage.clock.now().plus(Duration.ofDays(6))))
                .deliveryIds()
                .get(0);
        fail(node, subscription, FIVE_DAYS);
        assertDisabled(subscription);

        node.subscriptions().enable(subscription, WaitingDeliveries.DROP);

        assertThat(stage.delivery(waiting).status()).isEqualTo(DeliveryStatus.CANCELLED);
        stage.pass(Duration.ofDays(2));
        assertThat(stage.receiver.requests()).hasSize(FIVE_DAYS);
    }
}
