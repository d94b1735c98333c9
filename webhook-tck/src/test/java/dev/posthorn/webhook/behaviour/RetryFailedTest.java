package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.NotFoundException;
import dev.posthorn.webhook.RetryFailed;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Trying all failed deliveries of a subscription again, page by page. */
@Timeout(60)
@ParameterizedClass
@EnumSource(QueueKind.class)
class RetryFailedTest {
    private final Stage stage;
    private WebhookDispatcher node;
    private UUID subscription;

    RetryFailedTest(QueueKind kind) {
        stage = new Stage(kind);
    }

    @AfterEach
    void close() {
        stage.close();
    }

    /** Deliveries that failed, newest first. */
    private List<UUID> failed(int count) {
        stage.receiver
                .on("/hook")
                .next(Collections.nCopies(count, 500).stream()
                        .mapToInt(status -> status)
                        .toArray());
        node = stage.start(settings -> settings.retry(RetryPolicy.never()));
        subscription = stage.subscribe(node, "/hook");
        var deliveries = stage.publishTo(node, subscription, count);
        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.FAILED));
        stage.rest();
        Collections.reverse(deliveries);
        return deliveries;
    }

    private RetryFailed all() {
        return RetryFailed.of(subscription, Instant.EPOCH);
    }

    @Test
    void eachPageGoesOnWhereTheOneBeforeEnded() {
        var deliveries = failed(5);

        var first = node.deliveries().retryFailed(all().limit(2));
        var second = node.deliveries().retryFailed(all().limit(2).after(first.next()));
        var third = node.deliveries().retryFailed(all().limit(2).after(second.next()));

        assertThat(List.of(first.retried(), second.retried(), third.retried())).containsExactly(2, 2, 1);
        assertThat(third.next()).isNull();
        stage.elapse(Duration.ofSeconds(2), Duration.ofMillis(100));
        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        assertThat(stage.receiver.requests()).hasSize(10);
    }

    @Test
    void retriesAreSpreadOutOverTimeAlsoFromPageToPage() {
        var deliveries = failed(5);
        var now = stage.clock.now();

        var first = node.deliveries().retryFailed(all().limit(3).perSecond(2));
        node.deliveries().retryFailed(all().limit(3).perSecond(2).after(first.next()));

        var due = deliveries.subList(1, 5).stream()
                .map(id -> Duration.between(now, stage.delivery(id).nextAttemptAt())
                        .toMillis())
                .toList();
        assertThat(due).containsExactly(500L, 1_000L, 1_500L, 2_000L);
        stage.awaitStatus(deliveries.get(0), DeliveryStatus.SUCCEEDED);
        stage.pass(Duration.ofMillis(1_499));
        assertThat(stage.receiver.requests()).hasSize(5 + 3);
        stage.pass(Duration.ofMillis(501));
        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
    }

    @Test
    void aPageAskedForTwiceRetriesNothingTwice() {
        var deliveries = failed(6);
        var first = node.deliveries().retryFailed(all().limit(2));

        var page = all().limit(2).after(first.next());
        var once = node.deliveries().retryFailed(page);
        node.deliveries().retryFailed(page);
        for (var next = once.next(); next != null; ) {
            next = node.deliveries().retryFailed(all().limit(2).after(next)).next();
        }

        stage.elapse(Duration.ofSeconds(2), Duration.ofMillis(100));
        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        deliveries.forEach(id -> assertThat(stage.requestsFor(id)).hasSize(2));
    }

    @Test
    void aRunThatBeginsAgainRetriesNothingTwiceThoughItFailedAgain() {
        var deliveries = failed(5);
        var run = all().failedUntil(stage.clock.now()).limit(2).perSecond(10_000);
        stage.pass(Duration.ofMillis(1));
        stage.receiver.on("/hook").next(500, 500, 500, 500);
        int before = stage.receiver.requests().size();

        var first = node.deliveries().retryFailed(run);
        var second = node.deliveries().retryFailed(run.failedUntil(null).after(first.next()));
        stage.elapse(Duration.ofMillis(10), Duration.ofMillis(1));
        deliveries.subList(0, 4).forEach(id -> stage.awaitStatus(id, DeliveryStatus.FAILED));
        assertThat(stage.receiver.requests()).hasSize(before + 4);
        // Its caller has seen neither answer, or only the first.
        var again = node.deliveries().retryFailed(run.failedUntil(null).after(first.next()));
        int retried = 0;
        for (String next = null; ; ) {
            var page = node.deliveries().retryFailed(run.after(next));
            retried += page.retried();
            next = page.next();
            if (next == null) {
                break;
            }
        }

        assertThat(List.of(first.retried(), second.retried(), again.retried(), retried))
                .containsExactly(2, 2, 0, 1);
        assertThat(first.failedUntil()).isEqualTo(run.failedUntil());
        assertThat(second.failedUntil()).isEqualTo(run.failedUntil());
        stage.elapse(Duration.ofMillis(10), Duration.ofMillis(1));
        stage.awaitStatus(deliveries.get(4), DeliveryStatus.SUCCEEDED);
        deliveries.forEach(id -> assertThat(stage.requestsFor(id)).hasSize(2));
        assertThat(node.deliveries().retryFailed(all()).retried())
                .as("a new run is about what failed in the last one, too")
                .isEqualTo(4);
    }

    @Test
    void onlyFailedDeliveriesOfTheTimeAskedForAreRetried() {
        var old = failed(2);
        stage.pass(Duration.ofMinutes(1));
        var since = stage.clock.now();
        stage.receiver.on("/hook").next(200, 500);
        stage.awaitStatus(stage.publishTo(node, subscription), DeliveryStatus.SUCCEEDED);
        var recent = stage.publishTo(node, subscription);
        stage.awaitStatus(recent, DeliveryStatus.FAILED);

        var progress = node.deliveries().retryFailed(RetryFailed.of(subscription, since));

        assertThat(progress.retried()).isEqualTo(1);
        assertThat(progress.next()).isNull();
        stage.awaitStatus(recent, DeliveryStatus.SUCCEEDED);
        old.forEach(id -> assertThat(stage.delivery(id).status()).isEqualTo(DeliveryStatus.FAILED));
    }

    @Test
    void whatFailedCanBeSentToAnotherSubscriptionOnceAndAtAPace() {
        var deliveries = failed(5);
        var other = stage.subscribe(node, "/new");
        var redirected = all().to(other).limit(3).perSecond(2);

        var first = node.deliveries().retryFailed(redirected);
        var again = node.deliveries().retryFailed(redirected);
        var second = node.deliveries().retryFailed(redirected.after(first.next()));

        assertThat(List.of(first.retried(), again.retried(), second.retried())).containsExactly(3, 0, 2);
        assertThat(second.next()).isNull();
        stage.elapse(Duration.ofSeconds(3), Duration.ofMillis(100));
        var sent = node.deliveries().list(DeliveryQuery.ofSubscription(other)).items();
        assertThat(sent).hasSize(5);
        sent.forEach(delivery -> stage.awaitStatus(delivery.id(), DeliveryStatus.SUCCEEDED));
        assertThat(stage.receiver.requests())
                .filteredOn(request -> request.path().equals("/new"))
                .extracting(request -> request.body())
                .containsExactlyInAnyOrderElementsOf(deliveries.stream()
                        .map(id ->
                                node.deliveries().get(id).orElseThrow().event().payload())
                        .toList());
        deliveries.forEach(id -> assertThat(stage.delivery(id).status()).isEqualTo(DeliveryStatus.FAILED));
    }

    @Test
    void aSubscriptionThatIsDisabledCanHandOverToAnother() {
        failed(2);
        var wantsOthers = node.subscriptions()
                .create(NewSubscription.to(stage.receiver.url("/new")).eventTypes("other"))
                .subscription()
                .id();
        var stranger = node.subscriptions()
                .create(NewSubscription.to(stage.receiver.url("/new")).tenant("stranger"))
                .subscription()
                .id();
        node.subscriptions().disable(subscription);

        assertThat(node.deliveries().retryFailed(all().to(wantsOthers)).retried())
                .isZero();
        assertThatThrownBy(() -> node.deliveries().retryFailed(all().to(stranger)))
                .isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> node.deliveries().retryFailed(all().to(subscription)))
                .isInstanceOf(InvalidInputException.class);
        assertThat(node.deliveries()
                        .retryFailed(all().to(stage.subscribe(node, "/new")))
                        .retried())
                .isEqualTo(2);
    }

    @Test
    void faultsOfTheRequestAreNamedAtOnce() {
        failed(1);

        assertThatThrownBy(() -> node.deliveries()
                        .retryFailed(all().limit(0).perSecond(0).after("nonsense")))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults())
                                .extracting(InvalidInputException.Fault::field)
                                .containsExactlyInAnyOrder("limit", "perSecond", "after"));
        node.subscriptions().disable(subscription);
        assertThatThrownBy(() -> node.deliveries().retryFailed(all())).isInstanceOf(ConflictException.class);
    }
}
