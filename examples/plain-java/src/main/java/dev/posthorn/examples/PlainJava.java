package dev.posthorn.examples;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.WebhookListener;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;

/** How do I deliver an event to an endpoint, in memory and without a framework? */
public final class PlainJava {
    private PlainJava() {}

    /** Takes the endpoint's URL, by default {@code http://127.0.0.1:9000/}, and ends when the event has been delivered. */
    public static void main(String[] args) throws InterruptedException {
        var url = args.length == 0 ? "http://127.0.0.1:9000/" : args[0];
        var delivered = new CountDownLatch(1);
        // Only public addresses may be called unless others are allowed.
        var addresses = AddressPolicy.publicOnly().allowing("127.0.0.0/8");

        try (var webhooks = WebhookDispatcher.builder(InMemoryWebhookStore.create())
                .transport(SocketTransport.builder().addresses(addresses).build())
                .listener(new Progress(delivered))
                .build()) {
            webhooks.start();
            webhooks.subscriptions().create(NewSubscription.to(url).eventTypes("order.*"));
            var receipt = webhooks.publish(WebhookEvent.json("order.created", Map.of("order", 42)));
            System.out.println("published event " + receipt.eventId());
            delivered.await();
        }
    }

    /** Prints what becomes of deliveries. */
    private record Progress(CountDownLatch delivered) implements WebhookListener {
        @Override
        public void attemptFailed(UUID deliveryId, UUID subscriptionId, Attempt attempt) {
            System.out.println("attempt " + attempt.number() + " failed: " + attempt.outcome());
        }

        @Override
        public void deliverySucceeded(UUID deliveryId, UUID subscriptionId, Attempt attempt) {
            System.out.println("delivered to " + attempt.url() + " by attempt " + attempt.number());
            delivered.countDown();
        }
    }
}
