package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.WebhookPublisher;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/** Observes publishing as {@code posthorn.publish}, and has events carry the trace that they are published in. */
final class ObservedPublisher implements WebhookPublisher {
    // An event's bounds, the second with some room for how its size is counted.
    private static final int MOST_HEADERS = 64;
    private static final int MOST_CHARACTERS = 7_500;

    private final WebhookPublisher next;
    private final ObservationRegistry registry;

    ObservedPublisher(WebhookPublisher next, ObservationRegistry registry) {
        this.next = next;
        this.registry = registry;
    }

    @Override
    public List<PublishReceipt> publish(List<WebhookEvent> events) {
        return observed(
                events.size(),
                trace -> next.publish(
                        events.stream().map(event -> traced(event, trace)).toList()));
    }

    @Override
    public PublishReceipt publishTo(UUID subscriptionId, WebhookEvent event) {
        return observed(1, trace -> next.publishTo(subscriptionId, traced(event, trace)));
    }

    private <T> T observed(int events, Function<Map<String, String>, T> publish) {
        var trace = new LinkedHashMap<String, String>();
        var context = new SenderContext<Map<String, String>>(TraceHeaders::put, Kind.PRODUCER);
        context.setCarrier(trace);
        context.setContextualName("posthorn publish");
        context.addHighCardinalityKeyValue(KeyValue.of("posthorn.events", Integer.toString(events)));
        return Observation.createNotStarted("posthorn.publish", () -> context, registry)
                .observe(() -> publish.apply(trace));
    }

    /** One that has a trace already keeps it. */
    private static WebhookEvent traced(WebhookEvent event, Map<String, String> trace) {
        if (trace.isEmpty() || event.headers().keySet().stream().anyMatch(TraceHeaders::include)) {
            return event;
        }
        var headers = new LinkedHashMap<>(event.headers());
        headers.putAll(trace);
        return fits(headers) ? event.headers(headers) : event;
    }

    /** An event that has all the headers it may have is published all the same. */
    private static boolean fits(Map<String, String> headers) {
        int size = 0;
        for (var header : headers.entrySet()) {
            size += header.getKey().length() + header.getValue().length();
        }
        return headers.size() <= MOST_HEADERS && size <= MOST_CHARACTERS;
    }
}
