package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.TargetUrl;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import io.micrometer.observation.transport.SenderContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Observes attempts as {@code posthorn.attempt}, in the trace that their event carries, and within each the request as
 * {@code posthorn.request}, whose place in the trace the request tells. Two, because one observation either takes a trace
 * over or passes one on.
 */
final class ObservedTransport implements WebhookTransport {
    private final WebhookTransport next;
    private final ObservationRegistry registry;
    private final boolean inRequests;

    /** @param inRequests whether requests tell their trace */
    ObservedTransport(WebhookTransport next, ObservationRegistry registry, boolean inRequests) {
        this.next = next;
        this.registry = registry;
        this.inRequests = inRequests;
    }

    @Override
    public TransportResult send(TransportRequest request) {
        var context = new ReceiverContext<List<Header>>(ObservedTransport::value, Kind.CONSUMER);
        context.setCarrier(request.headers());
        context.setContextualName("posthorn attempt");
        note(context, "posthorn.event.id", value(request.headers(), "webhook-id"));
        note(context, "posthorn.event.type", value(request.headers(), "webhook-event-type"));
        note(context, "posthorn.subscription.id", request.subscriptionId().toString());
        note(context, "posthorn.attempt.number", value(request.headers(), "webhook-attempt"));
        return Objects.requireNonNull(Observation.createNotStarted("posthorn.attempt", () -> context, registry)
                .observe(() -> {
                    var result = sendTraced(request);
                    context.addLowCardinalityKeyValue(outcome(result));
                    return result;
                }));
    }

    private TransportResult sendTraced(TransportRequest request) {
        var trace = new LinkedHashMap<String, String>();
        var context = new SenderContext<Map<String, String>>(TraceHeaders::put, Kind.CLIENT);
        context.setCarrier(trace);
        context.setContextualName("POST");
        // The host alone, since paths and queries are often credentials.
        note(context, "server.address", request.url().host());
        return Objects.requireNonNull(Observation.createNotStarted("posthorn.request", () -> context, registry)
                .observe(() -> {
                    var result = next.send(traced(request, trace));
                    context.addLowCardinalityKeyValue(outcome(result));
                    if (result instanceof TransportResult.Response response) {
                        note(context, "http.response.status_code", Integer.toString(response.status()));
                    }
                    return result;
                }));
    }

    private TransportRequest traced(TransportRequest request, Map<String, String> trace) {
        if (inRequests && trace.isEmpty()) {
            return request;
        }
        var headers = new ArrayList<Header>();
        for (var header : request.headers()) {
            if (!TraceHeaders.include(header.name())) {
                headers.add(header);
            }
        }
        if (inRequests) {
            trace.forEach((name, value) -> headers.add(new Header(name, value)));
        }
        return new TransportRequest(
                request.subscriptionId(), request.url(), headers, request.body(), request.timeout());
    }

    private static void note(Observation.Context context, String name, String value) {
        context.addHighCardinalityKeyValue(KeyValue.of(name, value));
    }

    private static String value(List<Header> headers, String name) {
        for (var header : headers) {
            if (header.name().equalsIgnoreCase(name)) {
                return header.value();
            }
        }
        return "";
    }

    private static KeyValue outcome(TransportResult result) {
        var outcome = result instanceof TransportResult.Failure failure
                ? failure.outcome()
                : isSuccess((TransportResult.Response) result) ? AttemptOutcome.SUCCEEDED : AttemptOutcome.REJECTED;
        return KeyValue.of("outcome", outcome.name().toLowerCase(Locale.ROOT));
    }

    private static boolean isSuccess(TransportResult.Response response) {
        return response.status() / 100 == 2;
    }

    @Override
    public Optional<String> refusal(TargetUrl url) {
        return next.refusal(url);
    }

    @Override
    public void close() {
        next.close();
    }
}
