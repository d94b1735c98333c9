package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.tck.Answer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** How a node ends, and what it leaves to the others. */
@Timeout(60)
@ParameterizedClass
@EnumSource(QueueKind.class)
class CloseTest {
    private static final Duration PLENTY = Duration.ofSeconds(20);

    private final Stage stage;
    private final Trouble trouble = new Trouble();
    private final Gates gates = new Gates(200);

    CloseTest(QueueKind kind) {
        stage = new Stage(kind);
    }

    @AfterEach
    void close() {
        gates.openAll();
        stage.close();
    }

    private CompletableFuture<Void> closing(WebhookDispatcher node) {
        var closing = CompletableFuture.runAsync(() -> stage.stop(node, PLENTY));
        Stage.eventually(
                () -> assertThat(Stage.part(node, "dispatcher").status()).isEqualTo(Health.Status.DOWN));
        return closing;
    }

    @Test
    void attemptsUnderWayEndAndAreRecorded() {
        stage.receiver.on("/hook").byDefault(gates);
        var node = stage.start();
        var deliveries = stage.publishTo(node, stage.subscribe(node, "/hook"), 5);
        stage.receiver.await(5);
        var closing = closing(node);
        assertThat(closing).isNotDone();

        gates.openAll();
        closing.join();

        deliveries.forEach(id -> assertThat(stage.delivery(id).status()).isEqualTo(DeliveryStatus.SUCCEEDED));
        assertThat(stage.receiver.requests()).hasSize(5);
    }

    @Test
    void whatWaitedIsSentByAnotherNodeBeforeItsLeaseWouldHaveRunOut() {
        stage.receiver.on("/hook").byDefault(gates);
        var node = stage.start(settings -> settings.maxInFlightPerSubscription(1));
        var deliveries = stage.publishTo(node, stage.subscribe(node, "/hook"), 5);
        stage.receiver.await(1);
        stage.start();
        var closing = closing(node);
        gates.openAll();
        closing.join();

        // Far enough for a look at the queue.
        stage.pass(Duration.ofSeconds(1));

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        assertThat(stage.receiver.requests()).hasSize(5);
    }

    @Test
    void whatIsJustBeingClaimedIsGivenBackToo() {
        var publisher = stage.build();
        var delivery = stage.publishTo(publisher, stage.subscribe(publisher, "/hook"));
        var hold = trouble.holdAnswer(Call.CLAIM);
        var node = stage.build(trouble);
        node.start();
        hold.awaitReached();
        var closing = closing(node);

        hold.release();
        closing.join();
        stage.start();
        stage.pass(Duration.ofSeconds(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void upkeepUnderWayIsWaitedFor() throws Exception {
        var hold = trouble.hold(Call.PURGE);
        var node = stage.build(trouble);
        node.start();
        hold.awaitReached();

        var closing = closing(node);
        assertThatThrownBy(() -> closing.get(300, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        hold.release();
        closing.join();

        assertThat(trouble.inProgress()).isZero();
    }

    @Test
    void whatOutlastsTheGraceIsInterruptedAndTriedAgainByAnother() {
        stage.receiver.on("/hook").next(Answer.status(200).heldBy(new CountDownLatch(1)));
        var policy = RetryPolicy.schedule(Duration.ofMinutes(1)).jitter(0);
        var node = stage.start(settings -> settings.retry(policy));
        stage.start(settings -> settings.retry(policy));
        var delivery = stage.publishTo(node, stage.subscribe(node, "/hook"));
        stage.receiver.await(1);

        stage.stop(node, Duration.ofMillis(50));

        assertThat(stage.attempts(delivery))
                .singleElement()
                .satisfies(attempt -> assertThat(attempt.outcome()).isEqualTo(AttemptOutcome.ERROR));
        stage.pass(Duration.ofMinutes(1));
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
    }

    @Test
    void nothingCanBePublishedOrChangedAfterwards() {
        var node = stage.start();
        var subscription = stage.subscribe(node, "/hook");
        var delivery = stage.publishTo(node, subscription);
        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        var joined = node.publisher(stage.store.deliveries());

        stage.stop(node, PLENTY);

        var refused = List.<Runnable>of(
                () -> node.publish(stage.event()),
                () -> node.publishTo(subscription, stage.event()),
                () -> joined.publish(stage.event()),
                () -> node.subscriptions().create(NewSubscription.to(stage.receiver.url("/more"))),
                () -> node.subscriptions().disable(subscription),
                () -> node.subscriptions().delete(subscription),
                () -> node.deliveries().retry(delivery),
                () -> node.deliveries().cancel(delivery),
                node::start);
        assertThat(refused)
                .allSatisfy(action -> assertThatThrownBy(action::run).isInstanceOf(IllegalStateException.class));
        assertThat(node.deliveries().get(delivery)).isPresent();
        assertThat(node.health().status()).isEqualTo(Health.Status.DOWN);
    }

    @Test
    void closingTwiceOrBeforeTheStartIsFine() {
        var started = stage.start();
        var neverStarted = stage.build();

        assertThatCode(() -> {
                    stage.stop(started, PLENTY);
                    started.close();
                    neverStarted.close();
                    neverStarted.close();
                })
                .doesNotThrowAnyException();
        assertThatThrownBy(neverStarted::start).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aNodeIsStartedOnce() {
        var node = stage.start();

        assertThatThrownBy(node::start).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theOthersLearnThatItIsGone() {
        var node = stage.start(settings -> settings.nodeId("one"));
        stage.start(settings -> settings.nodeId("two"));

        stage.stop(node, PLENTY);

        assertThat(stage.store
                        .coordination()
                        .heartbeat("two", Duration.ofSeconds(1))
                        .liveNodes())
                .containsExactly("two");
    }

    @Test
    void whatCannotBeRecordedAtTheEndIsSentAgainByAnother() {
        var node = stage.start(trouble);
        var subscription = stage.subscribe(node, "/hook");
        trouble.fail(Call.RECORD);
        var delivery = stage.publishTo(node, subscription);
        Stage.eventually(() -> assertThat(trouble.made(Call.RECORD)).isPositive());

        stage.stop(node, Duration.ofMillis(50));
        stage.start();
        stage.elapse(Duration.ofSeconds(61), Duration.ofSeconds(1));

        stage.awaitStatus(delivery, DeliveryStatus.SUCCEEDED);
        assertThat(stage.receiver.requests()).hasSize(2);
    }

    @Test
    void noThreadIsLeftBehind() {
        var others = threads();
        var node = stage.start();
        stage.awaitStatus(stage.publishTo(node, stage.subscribe(node, "/hook")), DeliveryStatus.SUCCEEDED);
        assertThat(threads()).hasSizeGreaterThan(others.size());

        stage.stop(node, PLENTY);

        Stage.eventually(() -> assertThat(others).containsAll(threads()));
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("posthorn-"))
                .collect(Collectors.toSet());
    }
}
