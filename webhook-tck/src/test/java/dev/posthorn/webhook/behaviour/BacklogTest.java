package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.BacklogFullException;
import dev.posthorn.webhook.BacklogFullException.Full;
import dev.posthorn.webhook.BacklogFullException.Scope;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.spi.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Where too much is pending, publishers are refused. */
@Timeout(60)
@ParameterizedClass
@EnumSource(QueueKind.class)
class BacklogTest {
    private static final int BOUND = 3;

    private final Stage stage;
    private final Trouble trouble = new Trouble();
    private final Gates gates = new Gates(200);

    BacklogTest(QueueKind kind) {
        stage = new Stage(kind);
    }

    @AfterEach
    void close() {
        gates.openAll();
        stage.close();
    }

    /** A node that only publishes, with a bound for each subscription. */
    private WebhookDispatcher bounded() {
        return stage.build(trouble, settings -> settings.maxPendingPerSubscription(BOUND));
    }

    private static void assertFull(ThrowingCallable publish, Full... full) {
        assertThatExceptionOfType(BacklogFullException.class)
                .isThrownBy(publish)
                .satisfies(refusal -> assertThat(refusal.full()).containsExactlyInAnyOrder(full));
    }

    private static Full subscription(UUID id) {
        return new Full(Scope.SUBSCRIPTION, id.toString(), BOUND);
    }

    private int stored(UUID subscription) {
        return stage.store
                .deliveries()
                .list(DeliveryQuery.ofSubscription(subscription))
                .items()
                .size();
    }

    @Test
    void whatWouldPassTheBoundIsRefusedAndNotStored() {
        var node = bounded();
        var id = stage.subscribe(node, "/hook");
        stage.publishTo(node, id, BOUND);

        assertFull(() -> node.publishTo(id, stage.event()), subscription(id));
        assertFull(() -> node.publish(stage.event()), subscription(id));

        assertThat(stored(id)).isEqualTo(BOUND);
        assertThat(stage.queue.stats().tickets()).isEqualTo(BOUND);
    }

    @Test
    void thereIsRoomAgainAtOnceWhenADeliveryHasEndedHere() {
        stage.receiver.on("/hook").byDefault(gates);
        var node = stage.start(settings -> settings.maxPendingPerSubscription(BOUND));
        var id = stage.subscribe(node, "/hook");
        var deliveries = stage.publishTo(node, id, BOUND);
        stage.receiver.await(BOUND);
        assertFull(() -> node.publishTo(id, stage.event()), subscription(id));

        gates.openOne();
        Stage.eventually(() -> assertThat(deliveries)
                .anySatisfy(each -> assertThat(stage.delivery(each).status()).isEqualTo(DeliveryStatus.SUCCEEDED)));

        // No time passes.
        Stage.eventually(() -> stage.publishTo(node, id));
        assertFull(() -> node.publishTo(id, stage.event()), subscription(id));
    }

    @Test
    void oneOfManySubscribersThatIsFullHasAllOfThePublishRefused() {
        var node = bounded();
        var full = stage.subscribe(node, "/full");
        var other = stage.subscribe(node, "/other");
        stage.publishTo(node, full, BOUND);

        assertFull(() -> node.publish(stage.event()), subscription(full));
        assertThat(stored(other)).isZero();

        // Nor has the refusal taken room from it.
        stage.publishTo(node, other, BOUND);
        assertFull(() -> node.publish(stage.event()), subscription(full), subscription(other));
    }

    @Test
    void eventsPublishedTogetherArePublishedAllOrNone() {
        var node = bounded();
        var id = stage.subscribe(node, "/hook");
        stage.publishTo(node, id);

        assertFull(() -> node.publish(List.of(stage.event(), stage.event(), stage.event())), subscription(id));
        assertThat(stored(id)).isEqualTo(1);

        node.publish(List.of(stage.event(), stage.event()));
        assertThat(stored(id)).isEqualTo(BOUND);
    }

    @Test
    void aTenantsSubscriptionsShareItsBound() {
        var node = stage.build(trouble, settings -> settings.maxPendingPerTenant(4));
        var one = stage.subscribe(node, "/one");
        stage.subscribe(node, "/two");
        var others = node.subscriptions()
                .create(NewSubscription.to(stage.receiver.url("/others")).tenant("others"))
                .subscription()
                .id();
        stage.publishTo(node, one);
        node.publish(stage.event());

        var full = new Full(Scope.TENANT, NewSubscription.DEFAULT_TENANT, 4);
        assertFull(() -> node.publish(stage.event()), full);
        stage.publishTo(node, one);
        assertFull(() -> node.publishTo(one, stage.event()), full);
        stage.publishTo(node, others, 4);
    }

    @Test
    void everyBoundThatWouldBePassedIsNamed() {
        var node = stage.build(
                trouble, settings -> settings.maxPendingPerSubscription(BOUND).maxPendingPerTenant(4));
        var one = stage.subscribe(node, "/one");
        var two = stage.subscribe(node, "/two");
        stage.publishTo(node, one, BOUND);
        stage.publishTo(node, two);

        assertThatThrownBy(() -> node.publish(stage.event()))
                .isInstanceOf(BacklogFullException.class)
                .hasMessageContaining(one.toString())
                .hasMessageContaining("tenant default (at most 4)")
                .hasMessageNotContaining(two.toString());
    }

    @Test
    void whatOtherNodesPublishAndEndIsKnownWithinSeconds() {
        var node = bounded();
        var id = stage.subscribe(node, "/hook");
        stage.publishTo(node, id);
        var other = bounded();
        var deliveries = stage.publishTo(other, id, 2);
        assertFull(() -> other.publishTo(id, stage.event()), subscription(id));

        // It has counted before.
        stage.publishTo(node, id);
        stage.clock.advance(Duration.ofSeconds(5));
        assertFull(() -> node.publishTo(id, stage.event()), subscription(id));

        stage.start();
        deliveries.forEach(each -> stage.awaitStatus(each, DeliveryStatus.SUCCEEDED));
        stage.rest();
        stage.clock.advance(Duration.ofSeconds(1));
        stage.publishTo(node, id);
    }

    @Test
    void itCountsSeldomAndNotAtAllWithoutABound() {
        var node = stage.build(trouble, settings -> settings.maxPendingPerSubscription(1_000));
        var ids = Stream.generate(() -> stage.subscribe(node, "/hook")).limit(3).toList();
        for (int i = 0; i < 50; i++) {
            node.publish(stage.event());
        }
        assertThat(trouble.made(Call.COUNT_EACH)).isEqualTo(1);

        // All that are in use are counted together.
        stage.clock.advance(Duration.ofSeconds(6));
        stage.publishTo(node, ids.get(0), 5);
        stage.publishTo(node, ids.get(1), 5);
        assertThat(trouble.made(Call.COUNT_EACH)).isLessThanOrEqualTo(3);

        var without = new Trouble();
        stage.build(without).publish(stage.event());
        assertThat(without.made(Call.COUNT_EACH) + without.made(Call.COUNT)).isZero();
    }

    @Test
    void thoseThatAreRefusedAgainAndAgainDoNotHaveItCountedEachTime() {
        var node = bounded();
        var id = stage.subscribe(node, "/hook");
        stage.publishTo(node, id, BOUND);
        int counted = trouble.made(Call.COUNT_EACH);

        for (int i = 0; i < 20; i++) {
            assertFull(() -> node.publishTo(id, stage.event()), subscription(id));
        }
        assertThat(trouble.made(Call.COUNT_EACH)).isLessThanOrEqualTo(counted + 1);
    }

    @Test
    void whatWaitsForAPausedSubscriptionCounts() {
        var node = stage.start(settings -> settings.maxPendingPerSubscription(BOUND));
        var id = stage.subscribe(node, "/hook");
        node.subscriptions().pause(id);
        var deliveries = stage.publishTo(node, id, BOUND);
        stage.pass(Duration.ofMinutes(10));

        assertFull(() -> node.publishTo(id, stage.event()), subscription(id));

        node.subscriptions().resume(id);
        deliveries.forEach(each -> stage.awaitStatus(each, DeliveryStatus.SUCCEEDED));
        Stage.eventually(() -> stage.publishTo(node, id));
    }

    @Test
    void whatIsPublishedInATransactionOfTheHostsIsBoundedToo() {
        stage.assumeStoresQueue();
        var node = bounded();
        var id = stage.subscribe(node, "/hook");
        var transaction = new HostTransaction(stage.store.deliveries());
        var joined = node.publisher(transaction);
        for (int i = 0; i < BOUND; i++) {
            joined.publishTo(id, stage.event());
        }

        assertFull(() -> joined.publishTo(id, stage.event()), subscription(id));
        assertThat(transaction.tickets()).hasSize(BOUND);

        // What was rolled back is no longer counted, soon.
        transaction.rollBack();
        stage.clock.advance(Duration.ofSeconds(1));
        stage.publishTo(node, id, BOUND);
    }

    @Test
    void anIdempotentRepeatTakesNoRoomAndGivesItsReceiptOnceThereIsSome() {
        var node = bounded();
        var id = stage.subscribe(node, "/hook");
        var event = stage.event().idempotencyKey("key");
        var first = node.publishTo(id, event);
        assertThat(node.publishTo(id, event).duplicate()).isTrue();
        stage.publishTo(node, id, 2);

        assertFull(() -> node.publishTo(id, event), subscription(id));

        stage.start();
        stage.awaitStatus(first.deliveryIds().get(0), DeliveryStatus.SUCCEEDED);
        stage.rest();
        stage.clock.advance(Duration.ofSeconds(1));
        assertThat(node.publishTo(id, event).deliveryIds()).isEqualTo(first.deliveryIds());
    }

    @Test
    void whatCouldNotBeStoredTakesNoRoom() {
        var node = bounded();
        var id = stage.subscribe(node, "/hook");
        stage.publishTo(node, id, 2);
        trouble.failOnce(Call.APPEND);
        assertThatThrownBy(() -> node.publishTo(id, stage.event())).isInstanceOf(StoreException.class);

        stage.publishTo(node, id);
        assertFull(() -> node.publishTo(id, stage.event()), subscription(id));
    }

    @Test
    void whereItCannotBeCountedWhatIsKnownDecides() {
        var node = bounded();
        var id = stage.subscribe(node, "/hook");
        trouble.fail(Call.COUNT_EACH);

        stage.publishTo(node, id, BOUND);
        stage.clock.advance(Duration.ofMinutes(5));

        assertFull(() -> node.publishTo(id, stage.event()), subscription(id));
    }

    @Test
    void manyPublishersAtOnceDoNotPassTheBound() throws InterruptedException {
        var node = stage.build(trouble, settings -> settings.maxPendingPerSubscription(50));
        var id = stage.subscribe(node, "/hook");
        var published = new AtomicInteger();
        var start = new CountDownLatch(1);
        var publishers = IntStream.range(0, 8)
                .mapToObj(i -> new Thread(() -> {
                    try {
                        start.await();
                        for (int j = 0; j < 10; j++) {
                            node.publishTo(id, stage.event());
                            published.incrementAndGet();
                        }
                    } catch (BacklogFullException full) {
                        // As it should be for some.
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }))
                .toList();
        publishers.forEach(Thread::start);
        start.countDown();
        for (var publisher : publishers) {
            publisher.join();
        }

        assertThat(published.get()).isEqualTo(50);
        assertThat(stored(id)).isEqualTo(50);
    }

    @Test
    void boundsOutOfBoundsAreRefusedTogether() {
        assertThatExceptionOfType(InvalidInputException.class)
                .isThrownBy(() -> stage.build(
                        trouble,
                        settings -> settings.maxPendingPerSubscription(0)
                                .maxPendingPerTenant(10_000_001)
                                .disableAfter(Duration.ofSeconds(59))))
                .satisfies(refusal -> assertThat(refusal.faults())
                        .extracting(InvalidInputException.Fault::field)
                        .containsExactlyInAnyOrder("maxPendingPerSubscription", "maxPendingPerTenant", "disableAfter"));
    }
}
