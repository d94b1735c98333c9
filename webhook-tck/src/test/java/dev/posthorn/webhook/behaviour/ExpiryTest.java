package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Delivery;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.tck.Answer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A delivery is given up when its schedule's length and a grace have passed since it was first due. */
@Timeout(60)
class ExpiryTest {
    private static final RetryPolicy ONE_HOUR =
            RetryPolicy.schedule(Duration.ofHours(1)).jitter(0);
    private static final Duration GRACE = Duration.ofHours(2);
    private static final Duration LONGEST = Duration.ofHours(3);

    private final Stage stage = new Stage();
    private final Trouble trouble = new Trouble();
    private final RecordingListener listener = new RecordingListener();

    @AfterEach
    void close() {
        stage.close();
    }

    private void start() {
        stage.start(
                trouble, settings -> settings.retry(ONE_HOUR).expiryGrace(GRACE).listener(listener));
    }

    private static void assertExpired(Delivery delivery) {
        assertThat(delivery.failure()).isEqualTo(FailureReason.EXPIRED);
    }

    @Test
    void oneThatWasNeverAttemptedExpiresUnsent() {
        var publisher = stage.build();
        var delivery = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"));
        stage.advance(LONGEST.plusMillis(1));

        start();

        assertExpired(stage.awaitStatus(delivery, DeliveryStatus.FAILED));
        assertThat(stage.receiver.requests()).isEmpty();
        assertThat(stage.attempts(delivery)).isEmpty();
        Stage.eventually(() -> assertThat(listener.told())
                .containsExactly(new RecordingListener.Told("deliveryFailed", delivery, FailureReason.EXPIRED)));
    }

    @Test
    void oneThatIsOldButNotTooOldIsSent() {
        var publisher = stage.build();
        var delivery = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"));
        stage.advance(LONGEST);

        start();

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void oneWhoseRetryCouldNotBeMadeInTimeExpires() {
        stage.receiver.on("/hook").next(500);
        start();
        var publisher = stage.build();
        var delivery = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"));
        stage.pass(Duration.ofSeconds(1));
        stage.awaitAttempts(delivery, 1);
        trouble.fail(Call.CLAIM);
        stage.elapse(LONGEST, Duration.ofMinutes(1));

        trouble.heal(Call.CLAIM);
        stage.elapse(Duration.ofMinutes(1), Duration.ofSeconds(10));

        assertExpired(stage.awaitStatus(delivery, DeliveryStatus.FAILED));
        assertThat(stage.receiver.requests()).hasSize(1);
        assertThat(stage.attempts(delivery)).hasSize(1);
    }

    @Test
    void timeCountsFromWhenItWasFirstDue() {
        var publisher = stage.build();
        var subscription = stage.subscribe(publisher, "/hook");
        var due = stage.clock.now().plus(LONGEST);
        var delivery = publisher
                .publishTo(subscription, stage.event().notBefore(due))
                .deliveryIds()
                .get(0);
        stage.advance(LONGEST.plus(LONGEST));

        start();

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void oneThatIsRetriedByHandGetsItsTimeAnew() {
        var publisher = stage.build();
        var delivery = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"));
        stage.advance(LONGEST.plusMillis(1));
        start();
        stage.awaitStatus(delivery, DeliveryStatus.FAILED);

        publisher.deliveries().retry(delivery);
        stage.pass(Duration.ofSeconds(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void theHostIsToldOfAnExpiryEvenIfTheAnswerToItsRecordingWasLost() {
        var publisher = stage.build();
        var delivery = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"));
        stage.advance(LONGEST.plusMillis(1));
        trouble.loseAnswerOnce(Call.RECORD);

        start();
        Stage.eventually(() -> assertThat(trouble.made(Call.RECORD)).isEqualTo(1));
        stage.elapse(Duration.ofSeconds(10), Duration.ofSeconds(1));

        assertExpired(stage.awaitStatus(delivery, DeliveryStatus.FAILED));
        Stage.eventually(() -> assertThat(listener.kinds(delivery)).containsExactly("deliveryFailed"));
    }

    @Test
    void oneWhoseLaneIsLeftAloneExpiresAllTheSame() {
        var node = startBehindAPause();
        var subscription = stage.subscribe(node, "/hook");
        var patient = stage.subscribe(node, "/hook2", settings -> settings.retry(ONE_HOUR));
        stage.publishTo(node, subscription);
        stage.publishTo(node, patient);
        stage.rest();
        var waiting = stage.publishTo(node, subscription, 3);
        var longer = stage.publishTo(node, patient);

        stage.elapse(Duration.ofMinutes(110), Duration.ofMinutes(5));
        waiting.forEach(id -> assertThat(stage.delivery(id).status()).isEqualTo(DeliveryStatus.PENDING));
        stage.elapse(Duration.ofMinutes(20), Duration.ofMinutes(5));

        waiting.forEach(id -> assertExpired(stage.delivery(id)));
        waiting.forEach(id -> assertThat(stage.attempts(id)).isEmpty());
        Stage.eventually(
                () -> waiting.forEach(id -> assertThat(listener.kinds(id)).containsExactly("deliveryFailed")));
        assertThat(stage.delivery(longer).status()).isEqualTo(DeliveryStatus.PENDING);
        stage.elapse(Duration.ofHours(1), Duration.ofMinutes(5));
        assertExpired(stage.delivery(longer));
        assertThat(stage.queue.stats().tickets()).isZero();
    }

    @Test
    void thoseOfAPausedSubscriptionDoNotExpireUntilItIsResumed() {
        var node = startBehindAPause();
        var subscription = stage.subscribe(node, "/hook");
        stage.publishTo(node, subscription);
        stage.rest();
        var waiting = stage.publishTo(node, subscription);

        node.subscriptions().pause(subscription);
        stage.elapse(Duration.ofHours(5), Duration.ofMinutes(10));
        assertThat(stage.delivery(waiting).status()).isEqualTo(DeliveryStatus.PENDING);
        node.subscriptions().resume(subscription);
        stage.elapse(Duration.ofMinutes(10), Duration.ofMinutes(5));

        assertExpired(stage.delivery(waiting));
    }

    @Test
    void aStoreThatIsAwayJustThenHasThemExpireLater() {
        var node = startBehindAPause();
        var subscription = stage.subscribe(node, "/hook");
        stage.publishTo(node, subscription);
        stage.rest();
        var waiting = stage.publishTo(node, subscription);
        trouble.fail(Call.EXPIRE);
        stage.elapse(Duration.ofHours(3), Duration.ofMinutes(5));
        assertThat(stage.delivery(waiting).status()).isEqualTo(DeliveryStatus.PENDING);

        trouble.heal(Call.EXPIRE);
        stage.elapse(Duration.ofMinutes(10), Duration.ofMinutes(5));

        assertExpired(stage.delivery(waiting));
    }

    /** A node that leaves a lane alone for a day after the first attempt. */
    private WebhookDispatcher startBehindAPause() {
        var pause = Answer.status(429).header("Retry-After", "86400");
        stage.receiver.on("/hook").byDefault(pause);
        stage.receiver.on("/hook2").byDefault(pause);
        return stage.start(
                trouble,
                settings -> settings.retry(RetryPolicy.never())
                        .expiryGrace(GRACE)
                        .longestRetryAfter(Duration.ofDays(1))
                        .listener(listener));
    }
}
