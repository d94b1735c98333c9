package dev.posthorn.webhook;

import dev.posthorn.webhook.engine.Engine;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.spi.WebhookStore;
import dev.posthorn.webhook.spi.WebhookTransport;
import java.time.Duration;
import java.util.Map;

/** What a host calls, around an engine that a test has put together. */
public final class HostSide {
    public final Deliveries deliveries;
    public final Subscriptions subscriptions;

    public HostSide(Engine engine, WebhookStore store, WebhookTransport transport, TimeSource time) {
        var rules = new InputRules(
                256 * 1024, Duration.ofHours(1), transport, time, signers().keySet());
        deliveries = new Deliveries(engine, store, rules);
        subscriptions = new Subscriptions(engine, store, rules);
    }

    public static Map<String, Signer> signers() {
        return Signers.builtIn();
    }
}
