package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.tck.Answer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Settings are read when an attempt starts. */
@Timeout(60)
class SettingsChangeTest {
    private static final RetryPolicy EACH_MINUTE =
            RetryPolicy.schedule(Duration.ofMinutes(1), Duration.ofMinutes(1)).jitter(0);

    private final Stage stage = new Stage();

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void aRetryGoesToTheUrlOfItsTime() {
        stage.receiver.on("/old").byDefault(Answer.status(500));
        var node = stage.start(settings -> settings.retry(EACH_MINUTE));
        var subscription = stage.subscribe(node, "/old");
        var delivery = stage.publishTo(node, subscription);
        stage.awaitAttempts(delivery, 1);

        Stage.change(
                node,
                subscription,
                settings -> settings.url(stage.receiver.url("/new")).headers(Map.of("X-Version", "2")));
        stage.pass(Duration.ofMinutes(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.receiver.requests("/new"))
                .singleElement()
                .satisfies(request -> assertThat(request.header("X-Version")).contains("2"));
        assertThat(stage.attempts(delivery))
                .extracting(attempt -> attempt.url(), attempt -> attempt.subscriptionVersion())
                .containsExactly(tuple(stage.receiver.url("/old"), 1L), tuple(stage.receiver.url("/new"), 2L));
    }

    @Test
    void anAttemptHasTheTimeoutOfItsTime() {
        stage.receiver.on("/hook").next(Answer.status(200).heldBy(new CountDownLatch(1)));
        stage.receiver.on("/hook").byDefault(Answer.status(200).after(Duration.ofMillis(300)));
        var node = stage.start(settings -> settings.retry(EACH_MINUTE));
        var subscription = stage.subscribe(node, "/hook", settings -> settings.timeout(Duration.ofMillis(100)));
        var delivery = stage.publishTo(node, subscription);
        assertThat(stage.awaitAttempts(delivery, 1).get(0).outcome()).isEqualTo(AttemptOutcome.TIMED_OUT);

        stage.pass(Duration.ofMinutes(1));
        assertThat(stage.awaitAttempts(delivery, 2).get(1).outcome()).isEqualTo(AttemptOutcome.TIMED_OUT);
        Stage.change(node, subscription, settings -> settings.timeout(Duration.ofSeconds(10)));
        stage.pass(Duration.ofMinutes(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void aFailedAttemptIsTriedAgainByThePolicyOfItsTime() {
        stage.receiver.on("/hook").next(500);
        var node = stage.start(settings -> settings.retry(RetryPolicy.never()));
        var subscription = stage.subscribe(node, "/hook");
        Stage.change(node, subscription, settings -> settings.retry(EACH_MINUTE));

        var delivery = stage.publishTo(node, subscription);

        stage.awaitAttempts(delivery, 1);
        assertThat(stage.delivery(delivery).status()).isEqualTo(DeliveryStatus.PENDING);
        stage.pass(Duration.ofMinutes(1));
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void aChangeOnAnotherNodeAppliesWithinAboutASecond() {
        var other = stage.build();
        var node = stage.start();
        var subscription = stage.subscribe(other, "/old");
        stage.pass(Duration.ofSeconds(1));
        stage.awaitStatus(stage.publishTo(node, subscription), DeliveryStatus.SUCCEEDED);

        Stage.change(other, subscription, settings -> settings.url(stage.receiver.url("/new")));
        stage.pass(Duration.ofSeconds(1));

        stage.awaitStatus(stage.publishTo(node, subscription), DeliveryStatus.SUCCEEDED);
        assertThat(stage.receiver.requests("/old")).hasSize(1);
        assertThat(stage.receiver.requests("/new")).hasSize(1);
    }

    @Test
    void aNodeThatOnlyPublishesLearnsOfChangesToo() {
        var other = stage.build();
        var publisher = stage.build();
        assertThat(publisher.publish(stage.event()).deliveryIds()).isEmpty();
        stage.subscribe(other, "/hook");

        stage.advance(Duration.ofMillis(1_001));

        assertThat(publisher.publish(stage.event()).deliveryIds()).hasSize(1);
    }

    @Test
    void aSubscriptionThatWasJustCreatedElsewhereCanBePublishedToAtOnce() {
        var other = stage.build();
        var node = stage.start();

        var delivery = stage.publishTo(node, stage.subscribe(other, "/hook"));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void aChangeThatWasStoredIsReportedAsDoneThoughItCannotBeReadBack() {
        var trouble = new Trouble();
        var node = stage.start(trouble);

        trouble.failOnce(Call.CHANGES);
        var subscription = stage.subscribe(node, "/hook");
        stage.pass(Duration.ofSeconds(1));
        stage.awaitStatus(stage.publishTo(node, subscription), DeliveryStatus.SUCCEEDED);

        trouble.failOnce(Call.CHANGES);
        assertThat(node.subscriptions().delete(subscription)).isTrue();
    }
}
