package dev.posthorn.benchmarks;

import dev.posthorn.webhook.Attempt;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.WebhookListener;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.tck.HostileProcess;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A dispatcher and many hostile endpoints, which get an event each in turn while it is switched on. Its {@link #main} does
 * this in a process of its own, for what the machine alone makes of it.
 */
final class HostileCalls implements WebhookListener, AutoCloseable {
    /** Of an attempt. About a quarter of the endpoints take all of it. */
    static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** Both retries come a second or so after what they retry, so that an event to a hostile endpoint is three attempts. */
    private static final RetryPolicy TWICE = RetryPolicy.schedule(Duration.ofSeconds(1), Duration.ofSeconds(1));

    final WebhookDispatcher webhooks;
    private final HostileProcess endpoints;
    private final List<UUID> subscriptions;
    private final AtomicInteger attempts = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private volatile boolean isOn;
    private volatile boolean isClosed;

    /**
     * @param count of endpoints
     * @param eventsPerSecond to all of them together
     */
    HostileCalls(int count, int eventsPerSecond) {
        endpoints = HostileProcess.start(count);
        webhooks = WebhookDispatcher.builder(InMemoryWebhookStore.create())
                .transport(SocketTransport.builder()
                        .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                        .sslContext(endpoints.trusting())
                        .build())
                .timeout(TIMEOUT)
                .retry(TWICE)
                .retention(Duration.ofMinutes(1))
                .listener(this)
                .build();
        subscriptions = endpoints.urls().stream()
                .map(url -> webhooks.subscriptions()
                        .create(NewSubscription.to(url).eventTypes("hostile"))
                        .subscription()
                        .id())
                .toList();
        webhooks.start();
        var pace = new Thread(() -> publish(eventsPerSecond), "hostile-calls");
        pace.setDaemon(true);
        pace.start();
    }

    private void publish(int eventsPerSecond) {
        var event = WebhookEvent.of("hostile", "application/json", Bytes.utf8("{\"order\":1}"));
        for (int n = 0; !isClosed; n++) {
            LockSupport.parkNanos(1_000_000_000 / eventsPerSecond);
            if (isOn) {
                open.addAndGet(webhooks.publishTo(subscriptions.get(n % subscriptions.size()), event)
                        .deliveryIds()
                        .size());
            }
        }
    }

    /** Begins to send events to the hostile endpoints. */
    void on() {
        isOn = true;
    }

    /** Stops, and waits until all of these deliveries are over. */
    void off() {
        isOn = false;
        do {
            LockSupport.parkNanos(50_000_000);
        } while (open.get() > 0);
    }

    /** How many attempts were made at hostile endpoints so far. */
    int attempts() {
        return attempts.get();
    }

    /** How many of the endpoints were connected to so far. */
    int called() {
        return endpoints.called();
    }

    @Override
    public void attemptFailed(UUID deliveryId, UUID subscriptionId, Attempt attempt) {
        attempts.incrementAndGet();
    }

    @Override
    public void deliverySucceeded(UUID deliveryId, UUID subscriptionId, Attempt attempt) {
        if (attempt.url().endsWith("/hooks")) {
            attempts.incrementAndGet();
            open.decrementAndGet();
        }
    }

    @Override
    public void deliveryFailed(UUID deliveryId, UUID subscriptionId, FailureReason reason) {
        open.decrementAndGet();
    }

    @Override
    public void close() {
        isClosed = true;
        webhooks.close(Duration.ZERO);
        endpoints.close();
    }

    /**
     * Is on after each byte {@code 1} that it reads and off after each {@code 0}, which it then answers with a line. Ends
     * with its input.
     *
     * @param args how many endpoints, and how many events a second
     */
    public static void main(String[] args) throws IOException {
        try (var calls = new HostileCalls(Integer.parseInt(args[0]), Integer.parseInt(args[1]))) {
            for (int c = System.in.read(); c >= 0; c = System.in.read()) {
                if (c == '1') {
                    calls.on();
                } else {
                    calls.off();
                }
                System.out.println(calls.attempts());
            }
        }
        System.exit(0);
    }
}
