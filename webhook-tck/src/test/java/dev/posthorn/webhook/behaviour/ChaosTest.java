package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WaitingDeliveries;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookException;
import dev.posthorn.webhook.tck.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Everything at once: whatever was published is delivered in the end, or was cancelled. */
@Timeout(60)
@ParameterizedClass
@EnumSource(QueueKind.class)
class ChaosTest {
    private static final int ROUNDS = 150;
    private static final RetryPolicy PATIENT = new RetryPolicy(Collections.nCopies(100, Duration.ofSeconds(30)), 0.5);

    private final Stage stage;
    private final List<WebhookDispatcher> nodes = new ArrayList<>();
    private final Map<WebhookDispatcher, Trouble> troubles = new HashMap<>();
    private final List<UUID> subscriptions = new ArrayList<>();
    private final List<UUID> published = new ArrayList<>();
    private final Set<UUID> cancelled = new HashSet<>();

    ChaosTest(QueueKind kind) {
        stage = new Stage(kind);
    }

    @AfterEach
    void close() {
        stage.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatWasPublishedIsDeliveredInTheEnd(long seed) {
        var random = new Random(seed);
        var answers = new Random(seed);
        stage.receiver.onAnyPath().byDefault(request -> answer(answers));
        for (int i = 0; i < 2; i++) {
            startNode(random);
        }
        for (int i = 0; i < 5; i++) {
            int number = i;
            attempt(() -> subscriptions.add(stage.subscribe(any(nodes, random), "/hook/" + number)));
        }
        for (int round = 0; round < ROUNDS; round++) {
            attempt(() -> actAtRandom(random));
            stage.advance(Duration.ofMillis(random.nextInt(10_000)));
            stage.awaitParked();
        }

        calmDown();

        Stage.eventually(() -> {
            stage.advance(Duration.ofSeconds(1));
            assertThat(published.stream().filter(id -> !isOver(id)).map(stage::delivery))
                    .isEmpty();
            assertThat(stage.queue.stats().tickets()).isZero();
        });
        assertThat(published).hasSizeGreaterThan(ROUNDS / 4);
    }

    private boolean isOver(UUID delivery) {
        var status = stage.delivery(delivery).status();
        return status == DeliveryStatus.SUCCEEDED
                || (status == DeliveryStatus.CANCELLED && cancelled.contains(delivery));
    }

    private static synchronized Answer answer(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> Answer.status(500);
            case 1 -> Answer.status(429).header("Retry-After", Integer.toString(random.nextInt(60)));
            case 2 -> Answer.drop();
            default -> Answer.status(200);
        };
    }

    private void startNode(Random random) {
        var trouble = new Trouble();
        // A generator for each, because its node's threads would make the order of draws from a shared one differ.
        trouble.failByChance(new Random(random.nextLong()), 0.2);
        var node = stage.start(
                trouble,
                settings -> settings.retry(PATIENT)
                        .maxInFlightPerSubscription(2)
                        .batchSize(5)
                        .expiryGrace(Duration.ofDays(10)));
        nodes.add(node);
        troubles.put(node, trouble);
    }

    private void actAtRandom(Random random) {
        var node = any(nodes, random);
        var subscription = any(subscriptions, random);
        switch (random.nextInt(12)) {
            case 0 -> node.subscriptions().disable(subscription);
            case 1, 2 -> node.subscriptions().enable(subscription, WaitingDeliveries.DELIVER);
            case 3 -> {
                var delivery = any(published, random);
                cancelled.add(delivery);
                node.deliveries().cancel(delivery);
            }
            case 4 -> node.deliveries().retry(any(published, random));
            case 5 -> {
                // It is dead for the others, and comes back with what it still holds when all works again.
                if (nodes.size() > 1 && troubles.size() < 6) {
                    nodes.remove(node);
                    troubles.get(node).failAll();
                    startNode(random);
                }
            }
            default -> {
                for (int i = random.nextInt(5); i >= 0; i--) {
                    published.add(stage.publishTo(node, subscription));
                }
            }
        }
    }

    private static <T> T any(List<T> list, Random random) {
        return list.get(random.nextInt(list.size()));
    }

    private static void attempt(Runnable action) {
        try {
            action.run();
        } catch (WebhookException | IndexOutOfBoundsException | IllegalArgumentException refused) {
            // The store failed, or it was not the time for it.
        }
    }

    private void calmDown() {
        troubles.values().forEach(Trouble::healAll);
        stage.receiver.onAnyPath().byDefault(Answer.status(200));
        // Whatever backs off tries again.
        stage.advance(Duration.ofMinutes(1));
        var healthy = stage.build();
        subscriptions.forEach(id -> healthy.subscriptions().enable(id, WaitingDeliveries.DELIVER));
    }
}
