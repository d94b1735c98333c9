package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookListener;
import dev.posthorn.webhook.behaviour.RecordingListener.Told;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever listens learns what happens, and has no hold over it. */
@Timeout(60)
class ListenerTest {
    private final Stage stage = new Stage();
    private final RecordingListener listener = new RecordingListener();
    private final Hold hold = new Hold();

    @AfterEach
    void close() {
        hold.release();
        stage.close();
    }

    /** Does something at each success. */
    private static WebhookListener atEachSuccess(Runnable what) {
        return new WebhookListener() {
            @Override
            public void deliverySucceeded(UUID deliveryId, UUID subscriptionId, Attempt attempt) {
                what.run();
            }
        };
    }

    @Test
    void itIsToldOfEachFailureAndOfTheEnd() {
        stage.receiver.on("/succeeds").next(500);
        stage.receiver.on("/fails").next(500, 500);
        var node = stage.start(settings -> settings.listener(listener)
                .retry(RetryPolicy.schedule(Duration.ofMinutes(1)).jitter(0)));
        var succeeds = stage.publishTo(node, stage.subscribe(node, "/succeeds"));
        var fails = stage.publishTo(node, stage.subscribe(node, "/fails"));
        stage.awaitAttempts(succeeds, 1);
        stage.awaitAttempts(fails, 1);

        stage.pass(Duration.ofMinutes(1));

        Stage.eventually(() -> assertThat(listener.told())
                .containsExactlyInAnyOrder(
                        new Told("attemptFailed", succeeds, 1),
                        new Told("deliverySucceeded", succeeds, 2),
                        new Told("attemptFailed", fails, 1),
                        new Told("attemptFailed", fails, 2),
                        new Told("deliveryFailed", fails, FailureReason.EXHAUSTED)));
    }

    @Test
    void itIsToldWhenWhatItIsToldHasBeenRecorded() {
        var seen = new CopyOnWriteArrayList<DeliveryStatus>();
        var node = stage.start(settings -> settings.listener(new WebhookListener() {
            @Override
            public void deliverySucceeded(UUID deliveryId, UUID subscriptionId, Attempt attempt) {
                seen.add(stage.delivery(deliveryId).status());
            }
        }));

        stage.publishTo(node, stage.subscribe(node, "/hook"));

        Stage.eventually(() -> assertThat(seen).containsExactly(DeliveryStatus.SUCCEEDED));
    }

    @Test
    void oneThatBlocksHoldsUpNoDelivery() {
        var node = stage.start(settings -> settings.listener(atEachSuccess(hold::pass)));
        var subscription = stage.subscribe(node, "/hook");
        stage.publishTo(node, subscription);
        hold.awaitReached();

        var deliveries = stage.publishTo(node, subscription, 50);

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
    }

    @Test
    void oneThatThrowsHindersNeitherDeliveriesNorTheOthers() {
        var failures = List.of(new IllegalStateException("a fault"), new AssertionError("another"), new LinkageError());
        var left = new CopyOnWriteArrayList<Throwable>(failures);
        var node = stage.start(settings -> settings.listener(atEachSuccess(() -> {
                    var next = left.isEmpty() ? null : left.remove(0);
                    if (next instanceof RuntimeException exception) {
                        throw exception;
                    }
                    if (next instanceof Error error) {
                        throw error;
                    }
                }))
                .listener(listener));

        var deliveries = stage.publishTo(node, stage.subscribe(node, "/hook"), 5);

        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));
        Stage.eventually(
                () -> deliveries.forEach(id -> assertThat(listener.kinds(id)).containsExactly("deliverySucceeded")));
    }

    @Test
    void whatItCannotKeepUpWithIsDroppedAndCounted() {
        var publisher = stage.build();
        stage.subscribe(publisher, "/hook");
        publisher.publish(Collections.nCopies(10_100, stage.event()));
        // All of them expire, which is told without a request for each.
        stage.advance(Duration.ofDays(30));
        var blocking = new WebhookListener() {
            @Override
            public void deliveryFailed(UUID deliveryId, UUID subscriptionId, FailureReason reason) {
                hold.pass();
            }
        };

        var node = stage.build(new Trouble(), settings -> settings.listener(blocking));
        node.start();

        // One is being told and 10,000 wait.
        Stage.eventually(() -> {
            stage.advance(Duration.ofSeconds(1));
            assertThat(Stage.part(node, "listeners").detail()).startsWith("99 ");
        });
        assertThat(stage.queue.stats().tickets()).isZero();
    }

    @Test
    void oneThatIsSlowButGoesOnIsNotStuck() {
        var statuses = new CopyOnWriteArrayList<Health.Status>();
        var observed = new AtomicReference<WebhookDispatcher>();
        var node = stage.build(
                new Trouble(),
                settings -> settings.listener(atEachSuccess(() -> {
                    hold.pass();
                    // It takes a second for each.
                    stage.advance(Duration.ofSeconds(1));
                    statuses.add(Stage.part(observed.get(), "thread.listeners").status());
                })));
        observed.set(node);
        node.start();
        var deliveries = stage.publishTo(node, stage.subscribe(node, "/hook"), 100);
        deliveries.forEach(id -> stage.awaitStatus(id, DeliveryStatus.SUCCEEDED));

        hold.release();

        Stage.eventually(() -> assertThat(statuses).hasSize(100));
        assertThat(statuses).containsOnly(Health.Status.UP);
    }
}
