package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.DispatcherState;
import dev.posthorn.webhook.LaneState.Breaker;
import dev.posthorn.webhook.WebhookDispatcher;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/** Shows the figures of a dispatcher's state. */
final class DispatcherGauges implements MeterBinder {
    private final WebhookDispatcher webhooks;

    DispatcherGauges(WebhookDispatcher webhooks) {
        this.webhooks = webhooks;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        gauge("posthorn.inflight", "Attempts that run", DispatcherState::inFlight)
                .register(registry);
        gauge("posthorn.held", "Deliveries that this node holds", DispatcherState::held)
                .register(registry);
        gauge("posthorn.held.size", "Payloads of the deliveries that this node holds", DispatcherState::heldBytes)
                .baseUnit(BaseUnits.BYTES)
                .register(registry);
        gauge("posthorn.recorder.backlog", "Outcomes that wait to be written", DispatcherState::unrecorded)
                .register(registry);
        gauge("posthorn.queue.depth", "Deliveries on the queue of all nodes, due or not", DispatcherState::queued)
                .register(registry);
        gauge("posthorn.nodes", "Nodes that deliver", DispatcherState::liveNodes)
                .register(registry);
        gauge("posthorn.paused", "1 while this node is paused", state -> state.isPaused() ? 1 : 0)
                .register(registry);
        for (var position : Breaker.values()) {
            gauge(
                            "posthorn.breakers",
                            "Subscriptions by the position of their breaker on this node",
                            state -> state.breakers().getOrDefault(position, 0))
                    .tag("state", position.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        TimeGauge.builder("posthorn.queue.oldest.due", webhooks, TimeUnit.MILLISECONDS, now -> millis(now.state()))
                .description("For how long the longest due delivery has waited")
                .register(registry);
        FunctionCounter.builder(
                        "posthorn.listeners.dropped",
                        webhooks,
                        now -> now.state().droppedMessages())
                .description("Messages that listeners were too slow for")
                .register(registry);
    }

    private Gauge.Builder<WebhookDispatcher> gauge(
            String name, String description, ToDoubleFunction<DispatcherState> figure) {
        return Gauge.builder(name, webhooks, now -> figure.applyAsDouble(now.state()))
                .description(description);
    }

    private static double millis(DispatcherState state) {
        var oldest = state.oldestDue();
        return (oldest == null ? Duration.ZERO : oldest).toMillis();
    }
}
