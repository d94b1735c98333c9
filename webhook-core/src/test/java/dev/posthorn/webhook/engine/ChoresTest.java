package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.PublishedEvent;
import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.SubscriptionSettings;
import dev.posthorn.webhook.SubscriptionStatus;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.spi.StoredSecret;
import dev.posthorn.webhook.spi.StoredSubscription;
import dev.posthorn.webhook.spi.Ticket;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ChoresTest {
    private static final Duration LEASE = TestSettings.LEASE;

    private final ManualTime time = new ManualTime();
    private final InMemoryWebhookStore store = InMemoryWebhookStore.create(time);
    private final AtomicBoolean findFails = new AtomicBoolean();

    @Test
    void whatIsToBePutBackIsNotForgottenWhenTheStoreFails() {
        var subscriptions = store.subscriptions();
        var queue = store.queue().orElseThrow();
        var active = subscription();
        subscriptions.insert(active);
        var ticket = new Ticket(UUID.randomUUID(), active.subscription().id(), Duration.ZERO, LEASE, false);
        var event = new PublishedEvent(
                UUID.randomUUID(),
                NewSubscription.DEFAULT_TENANT,
                "a",
                "text/plain",
                Map.of(),
                Bytes.EMPTY,
                time.now());
        var lease = store.deliveries()
                .append(List.of(new Publication(event, null, List.of(ticket))))
                .get(0)
                .leases()
                .get(0);
        var disabled =
                Changes.status(active, SubscriptionStatus.DISABLED, Subscription.DisabledReason.BY_HAND, time.now());
        subscriptions.update(disabled);
        subscriptions.update(Changes.status(disabled, SubscriptionStatus.ACTIVE, null, time.now()));
        var chores = new Chores(
                TestSettings.small(time, null), subscriptions, failing(store.deliveries()), queue, true, () -> {});

        chores.perform();
        // By a node that thought the subscription disabled.
        queue.settle(List.of(new Settlement.Done(lease)));
        time.advance(LEASE);
        findFails.set(true);
        assertThatThrownBy(chores::perform).isInstanceOf(StoreException.class);
        chores.perform();

        assertThat(queue.stats().tickets()).isEqualTo(1);
        assertThat(subscriptions.chores(10)).isEmpty();
    }

    private StoredSubscription subscription() {
        var subscription = new Subscription(
                UUID.randomUUID(),
                NewSubscription.DEFAULT_TENANT,
                SubscriptionSettings.to("https://example.com/"),
                SubscriptionStatus.ACTIVE,
                null,
                1,
                time.now(),
                time.now());
        return new StoredSubscription(subscription, List.of(StoredSecret.lasting(SigningSecret.generate())));
    }

    private DeliveryStore failing(DeliveryStore real) {
        return (DeliveryStore) Proxy.newProxyInstance(
                DeliveryStore.class.getClassLoader(),
                new Class<?>[] {DeliveryStore.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("find") && findFails.getAndSet(false)) {
                        throw StoreException.passing("planted", null);
                    }
                    return method.invoke(real, arguments);
                });
    }
}
