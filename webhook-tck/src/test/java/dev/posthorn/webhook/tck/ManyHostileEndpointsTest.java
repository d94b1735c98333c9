package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * One good endpoint among many that do their worst, on one dispatcher, in real time. The others are a process of their own,
 * as they are elsewhere; what is measured is what this side makes of them. {@code ./benchmarks/run hostile} measures the
 * same for longer and on a quiet machine.
 */
@Timeout(300)
class ManyHostileEndpointsTest {
    /** Of a whole attempt at a hostile endpoint: what a delivery that had to wait for one would take. */
    private static final Duration ATTEMPT = Duration.ofSeconds(2);

    /**
     * Twice a quiet half millisecond is less than one turn that another thread has on a processor (some 4 ms), for which a
     * delivery may wait at each of the four threads it passes, and than one collection of garbage (up to 25 ms). Whoever
     * waits for a hostile endpoint waits for a large part of {@link #ATTEMPT}.
     */
    private static final Duration NOISE = Duration.ofMillis(50);

    private static final Duration GAP = Duration.ofMillis(10);
    private static final int WARM_UP = 500;
    private static final int SAMPLES = 500;
    private static final long MOST_MORE_HEAP = 16 * 1024 * 1024;

    @Test
    void amongAHundredTheGoodOneIsServedAsBefore() throws InterruptedException {
        runAmong(100);
    }

    @Test
    @Tag("full")
    void amongAThousandTheGoodOneIsServedAsBefore() throws InterruptedException {
        runAmong(1_000);
    }

    private static void runAmong(int count) throws InterruptedException {
        // What is loaded once and for all.
        measure(10);
        var before = Traces.now();
        long heap = heap();

        var p99 = measure(count);

        System.out.printf(
                "p99 from publish to arrival: %.1f ms alone, %.1f ms among %d hostile endpoints%n",
                p99.quiet / 1e6, p99.among / 1e6, count);
        assertThat(p99.among).isLessThanOrEqualTo(Math.max(2 * p99.quiet, NOISE.toNanos()));
        Traces.awaitNothingSince(before);
        assertThat(heap()).isLessThan(heap + MOST_MORE_HEAP);
    }

    /** In nanoseconds. */
    private record P99(long quiet, long among) {}

    private static P99 measure(int count) throws InterruptedException {
        try (var hostile = HostileProcess.start(count);
                var good = new Good();
                var node = node(hostile.trusting())) {
            node.start();
            var subscription = subscribe(node, good.url());
            var others =
                    hostile.urls().stream().map(url -> subscribe(node, url)).toList();
            Runnable nothing = () -> {};
            good.deliver(node, subscription, WARM_UP, nothing);
            long quiet = p99(good.deliver(node, subscription, SAMPLES, nothing));
            // As many events go to the hostile ones as to the good one, and each of them is tried three times.
            var turn = new AtomicInteger();
            Runnable toTheNext = () -> node.publishTo(others.get(turn.getAndIncrement() % count), event());
            var among = new ArrayList<Long>();
            do {
                among.addAll(good.deliver(node, subscription, SAMPLES, toTheNext));
            } while (hostile.called() < count);
            return new P99(quiet, p99(among));
        }
    }

    private static WebhookDispatcher node(SSLContext trusting) {
        var transport = SocketTransport.builder()
                .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                .sslContext(trusting)
                .build();
        return WebhookDispatcher.builder(InMemoryWebhookStore.create())
                .transport(transport)
                .timeout(ATTEMPT)
                .retry(RetryPolicy.schedule(Duration.ofSeconds(1), Duration.ofSeconds(1)))
                .build();
    }

    private static UUID subscribe(WebhookDispatcher node, String url) {
        return node.subscriptions()
                .create(NewSubscription.to(url))
                .subscription()
                .id();
    }

    private static WebhookEvent event() {
        return WebhookEvent.of("order.created", "application/json", Bytes.utf8("{}"));
    }

    private static long p99(List<Long> latencies) {
        return latencies.stream()
                .sorted()
                .skip(latencies.size() * 99L / 100)
                .findFirst()
                .orElseThrow();
    }

    private static long heap() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            var runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    /** An endpoint that tells when a request came. */
    private static final class Good implements AutoCloseable {
        private final RecordingReceiver receiver = RecordingReceiver.start();
        private final LinkedBlockingQueue<Long> arrivals = new LinkedBlockingQueue<>();

        Good() {
            receiver.onAnyPath().byDefault(request -> {
                arrivals.add(System.nanoTime());
                return Answer.status(200);
            });
        }

        String url() {
            return receiver.url("/good");
        }

        /**
         * Delivers so many events at an even pace, each with something beside it. Returns how long each took from being
         * published to its arrival.
         */
        List<Long> deliver(WebhookDispatcher node, UUID subscription, int count, Runnable beside)
                throws InterruptedException {
            var latencies = new ArrayList<Long>();
            long due = System.nanoTime();
            for (int i = 0; i < count; i++) {
                while (due - System.nanoTime() > 0) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
                long start = System.nanoTime();
                node.publishTo(subscription, event());
                var arrival = arrivals.poll(RecordingReceiver.PATIENCE.toSeconds(), TimeUnit.SECONDS);
                assertThat(arrival).as("arrival at the good endpoint").isNotNull();
                latencies.add(arrival - start);
                beside.run();
                due += GAP.toNanos();
            }
            return latencies;
        }

        @Override
        public void close() {
            receiver.close();
        }
    }
}
