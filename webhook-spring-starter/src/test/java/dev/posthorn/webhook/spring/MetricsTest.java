package dev.posthorn.webhook.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.tck.Answer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What is measured. */
@Timeout(60)
class MetricsTest {
    private static final Path DOCS = Path.of("..", "docs", "spring.md");
    private static final Pattern DOCUMENTED = Pattern.compile("^\\| `(posthorn\\.[a-z.]+)` \\|", Pattern.MULTILINE);

    private final Host host = Host.start(Registry.class);
    private final MeterRegistry meters = host.context.getBean(MeterRegistry.class);
    private final CountDownLatch gate = new CountDownLatch(1);

    @Configuration(proxyBeanMethods = false)
    static class Registry {
        @Bean
        MeterRegistry meters() {
            return new SimpleMeterRegistry();
        }

        @Bean
        WebhookDispatcherCustomizer noRetries() {
            return builder -> builder.retry(RetryPolicy.never());
        }
    }

    @AfterEach
    void close() {
        gate.countDown();
        host.close();
    }

    private double counted(String name, String... tags) {
        var function = meters.find(name).tags(tags).functionCounter();
        return function != null
                ? function.count()
                : meters.get(name).tags(tags).counter().count();
    }

    private double gauge(String name, String... tags) {
        return meters.get(name).tags(tags).gauge().value();
    }

    private void eventually(double expected, DoubleSupplier actual) {
        Awaitility.await().untilAsserted(() -> assertThat(actual.getAsDouble()).isEqualTo(expected));
    }

    @Test
    void deliveriesAndAttemptsAreCountedByHowTheyEnd() {
        host.receiver.on("/rejecting").byDefault(Answer.status(500));
        host.receiver.on("/gone").byDefault(Answer.status(410));
        host.subscribe("/hook");
        host.subscribe("/rejecting");
        host.subscribe("/gone");

        host.webhooks.publish(Host.event());

        eventually(1, () -> counted("posthorn.deliveries", "status", "succeeded", "reason", "none"));
        eventually(1, () -> counted("posthorn.deliveries", "status", "failed", "reason", "exhausted"));
        eventually(1, () -> counted("posthorn.deliveries", "status", "failed", "reason", "gone"));
        eventually(1, () -> counted("posthorn.attempts", "outcome", "succeeded"));
        eventually(2, () -> counted("posthorn.attempts", "outcome", "rejected"));
        eventually(1, () -> counted("posthorn.subscriptions.disabled", "reason", "gone"));
        assertThat(counted("posthorn.leases.lost")).isZero();
        assertThat(counted("posthorn.listeners.dropped")).isZero();
    }

    @Test
    void publishingAndAttemptsAreTimed() {
        host.receiver.on("/rejecting").byDefault(Answer.status(500));
        host.subscribe("/hook");
        host.subscribe("/rejecting");

        host.webhooks.publish(Host.event());

        assertThat(meters.get("posthorn.publish").timer().count()).isEqualTo(1);
        eventually(1, () -> attempts("succeeded"));
        eventually(1, () -> attempts("rejected"));
        assertThat(meters.get("posthorn.attempt")
                        .tag("outcome", "succeeded")
                        .timer()
                        .totalTime(TimeUnit.NANOSECONDS))
                .isPositive();
    }

    private long attempts(String outcome) {
        var found = meters.find("posthorn.attempt").tag("outcome", outcome).timer();
        return found == null ? 0 : found.count();
    }

    @Test
    void theDispatchersStateIsShown() {
        host.receiver.on("/hook").byDefault(Answer.status(200).heldBy(gate));
        host.subscribe("/hook");
        host.webhooks.publish(Host.event());
        host.receiver.await(1);

        eventually(1, () -> gauge("posthorn.inflight"));
        assertThat(gauge("posthorn.held")).isEqualTo(1);
        assertThat(gauge("posthorn.held.size")).isEqualTo("an order".length());
        assertThat(gauge("posthorn.recorder.backlog")).isZero();
        assertThat(gauge("posthorn.breakers", "state", "closed")).isEqualTo(1);
        assertThat(gauge("posthorn.breakers", "state", "open")).isZero();
        assertThat(gauge("posthorn.nodes")).isEqualTo(1);
        assertThat(gauge("posthorn.paused")).isZero();
        eventually(1, () -> gauge("posthorn.queue.depth"));
        assertThat(meters.get("posthorn.queue.oldest.due").timeGauge().value()).isZero();

        host.webhooks.pause();

        assertThat(gauge("posthorn.paused")).isEqualTo(1);
    }

    @Test
    void everySeriesIsThereFromTheBeginning() {
        assertThat(meters.get("posthorn.attempts").counters()).hasSize(AttemptOutcome.values().length);
        assertThat(meters.get("posthorn.deliveries").counters()).hasSize(1 + FailureReason.values().length);
        assertThat(meters.get("posthorn.subscriptions.disabled").counters()).isNotEmpty();
    }

    @Test
    void everyMeterIsDocumentedAndHasTagsOfFewValues() throws IOException {
        var before = new TreeSet<String>();
        for (int i = 0; i < 3; i++) {
            host.subscribe("/hook" + i);
            host.webhooks.publish(Host.event().tenant("tenant" + i));
            host.webhooks.publish(Host.event());
            host.receiver.await((i + 1) * (i + 2) / 2);
            int round = i + 1;
            eventually(round * (round + 1) / 2.0, () -> counted("posthorn.attempts", "outcome", "succeeded"));
            if (i == 0) {
                before.addAll(series());
            }
        }

        assertThat(series())
                .as("they grow neither with subscriptions nor with events")
                .isEqualTo(before);
        var documented = documented();
        // Those of Redis, which is not here, are RedisQueueTest's.
        assertThat(documented.removeIf(name -> name.startsWith("posthorn.queue.shard.")))
                .isTrue();
        assertThat(names()).isEqualTo(documented);
    }

    private Set<String> series() {
        var series = new TreeSet<String>();
        for (var meter : meters.getMeters()) {
            if (isOurs(meter)) {
                series.add(meter.getId().getName() + meter.getId().getTags());
            }
        }
        return series;
    }

    private Set<String> names() {
        var names = new TreeSet<String>();
        for (var meter : meters.getMeters()) {
            if (isOurs(meter)) {
                names.add(meter.getId().getName());
            }
        }
        return names;
    }

    private static boolean isOurs(Meter meter) {
        return meter.getId().getName().startsWith("posthorn.");
    }

    private static Set<String> documented() throws IOException {
        var names = new TreeSet<String>();
        var docs = Files.readString(DOCS);
        var matcher = DOCUMENTED.matcher(docs.substring(docs.indexOf("## Metrics"), docs.indexOf("## Traces")));
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    @Test
    void withoutMicrometerNothingIsMeasuredAndNothingIsMissing() {
        new ApplicationContextRunner()
                .withUserConfiguration(Host.Application.class)
                .withClassLoader(new FilteredClassLoader("io.micrometer"))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean("posthornGauges")
                        .doesNotHaveBean("posthornObservedTransport"));
    }
}
