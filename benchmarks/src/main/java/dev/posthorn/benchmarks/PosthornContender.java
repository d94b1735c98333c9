package dev.posthorn.benchmarks;

import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.postgres.PostgresWebhookStore;
import dev.posthorn.webhook.spi.SecretCipher;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Posthorn on PostgreSQL, by its defaults but for the number in flight. */
final class PosthornContender extends Contender {
    private final PostgresWebhookStore store;
    private WebhookDispatcher webhooks;

    PosthornContender(PostgresServer server, ReceiverProcess receiver) throws SQLException {
        super("Posthorn", server, 20);
        store = PostgresWebhookStore.builder(pool, SecretCipher.secretsInTheClear())
                .schema("posthorn")
                .build();
        webhooks = dispatcher();
        for (int i = 0; i < Load.URLS; i++) {
            webhooks.subscriptions()
                    .create(NewSubscription.to(receiver.url(Load.path(i))).eventTypes(Load.type(i)));
        }
    }

    private WebhookDispatcher dispatcher() {
        return WebhookDispatcher.builder(store)
                .transport(Benchmarks.socketTransport())
                .maxInFlight(Load.IN_FLIGHT)
                .build();
    }

    @Override
    void publish(Connection host, int first, int count, long at) {
        webhooks.publisher(store.joining(host)).publish(events(first, count, at));
    }

    @Override
    void publish(int first, int count, long at) {
        webhooks.publish(events(first, count, at));
    }

    @Override
    void publishWithOrder(int n) throws Exception {
        super.publishWithOrder(n);
        webhooks.wake();
    }

    private static List<WebhookEvent> events(int first, int count, long at) {
        var events = new ArrayList<WebhookEvent>(count);
        for (int n = first; n < first + count; n++) {
            events.add(Load.event(n, at));
        }
        return events;
    }

    @Override
    void start() {
        webhooks.start();
    }

    /** One that is closed delivers no more; the next one only publishes until it is started. */
    @Override
    void stop() {
        webhooks.close(Duration.ofSeconds(20));
        webhooks = dispatcher();
    }

    @Override
    String waiting() {
        return "SELECT count(*) FROM posthorn.posthorn_queue";
    }

    @Override
    public void close() {
        webhooks.close(Duration.ZERO);
        super.close();
    }
}
