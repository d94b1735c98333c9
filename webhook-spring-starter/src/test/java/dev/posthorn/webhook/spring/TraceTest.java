package dev.posthorn.webhook.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.tck.ReceivedRequest;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Tracer;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A trace runs from what publishes to the endpoint. */
@Timeout(60)
class TraceTest {
    private Host host;

    @Configuration(proxyBeanMethods = false)
    static class Spans {
        @Bean
        InMemorySpanExporter exporter() {
            return InMemorySpanExporter.create();
        }

        @Bean
        SpanProcessor processor(InMemorySpanExporter exporter) {
            return SimpleSpanProcessor.create(exporter);
        }
    }

    private Host start(String... properties) {
        host = Host.start(Spans.class, properties);
        return host;
    }

    @AfterEach
    void close() {
        host.close();
    }

    /** Publishes within an observation of the host's. */
    private ReceivedRequest published() {
        host.subscribe("/hook");
        Observation.createNotStarted("order", host.context.getBean(ObservationRegistry.class))
                .observe(() -> host.webhooks.publish(Host.event()));
        return host.receiver.await(1).get(0);
    }

    private SpanData span(String name) {
        var exporter = host.context.getBean(InMemorySpanExporter.class);
        return Awaitility.await()
                .until(
                        () -> exporter.getFinishedSpanItems().stream()
                                .filter(span -> span.getName().equals(name))
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    @Test
    void itRunsFromPublishToAttemptAndOnToTheEndpoint() {
        start("management.tracing.sampling.probability=1");

        var request = published();

        var order = span("order");
        var publish = span("posthorn publish");
        var attempt = span("posthorn attempt");
        var sent = span("POST");
        assertThat(publish.getParentSpanId()).isEqualTo(order.getSpanId());
        assertThat(publish.getKind()).isEqualTo(SpanKind.PRODUCER);
        assertThat(attempt.getParentSpanId()).isEqualTo(publish.getSpanId());
        assertThat(attempt.getKind()).isEqualTo(SpanKind.CONSUMER);
        assertThat(sent.getParentSpanId()).isEqualTo(attempt.getSpanId());
        assertThat(sent.getKind()).isEqualTo(SpanKind.CLIENT);
        assertThat(request.header("traceparent").orElseThrow())
                .startsWith("00-" + order.getTraceId() + "-" + sent.getSpanId() + "-");
        assertThat(attempt.getAttributes().asMap().toString())
                .contains(request.header("webhook-id").orElseThrow(), "order.created", "succeeded");
    }

    @Test
    void requestsNeedNotTellIt() {
        start("management.tracing.sampling.probability=1", "posthorn.tracing.in-requests=false");

        var request = published();

        assertThat(request.header("traceparent")).isEmpty();
        assertThat(span("posthorn attempt").getTraceId())
                .isEqualTo(span("order").getTraceId());
    }

    @Test
    void baggageStaysInTheHouse() {
        start(
                "management.tracing.sampling.probability=1",
                "management.tracing.baggage.remote-fields=customer",
                "management.tracing.baggage.correlation.fields=customer");
        host.subscribe("/hook");
        var tracer = host.context.getBean(Tracer.class);
        Observation.createNotStarted("order", host.context.getBean(ObservationRegistry.class))
                .observe(() -> {
                    try (var customer = tracer.createBaggageInScope("customer", "secret")) {
                        host.webhooks.publish(Host.event());
                    }
                });

        var request = host.receiver.await(1).get(0);

        assertThat(request.header("traceparent")).isPresent();
        assertThat(request.headers()).noneMatch(header -> header.value().contains("secret"));
    }

    @Test
    void anEventWithATraceOfItsOwnKeepsIt() {
        start("management.tracing.sampling.probability=1");
        host.subscribe("/hook");
        var trace = "0af7651916cd43dd8448eb211c80319c";

        host.webhooks.publish(Host.event().header("traceparent", "00-" + trace + "-b7ad6b7169203331-01"));

        assertThat(host.receiver.await(1).get(0).header("traceparent").orElseThrow())
                .contains(trace)
                .doesNotContain("b7ad6b7169203331");
        assertThat(span("posthorn attempt").getTraceId()).isEqualTo(trace);
    }

    @Test
    void anEventWithAllTheHeadersItMayHaveIsPublishedWithoutOne() {
        start("management.tracing.sampling.probability=1");
        host.subscribe("/hook");
        var headers = new HashMap<String, String>();
        for (int i = 0; i < 64; i++) {
            headers.put("x-header-" + i, "value");
        }

        host.webhooks.publish(Host.event().headers(Map.copyOf(headers)));

        assertThat(host.receiver.await(1).get(0).header("x-header-63")).contains("value");
    }
}
