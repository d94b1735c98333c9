package dev.posthorn.benchmarks;

import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.WebhookTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Posthorn on the in-memory store against {@link BareLoop} on the same transport: rounds of each in turn in one warm JVM,
 * then the time from publish to arrival at 100 events a second. Counted at the receiver.
 */
final class MemoryScenario {
    private static final int BATCH = 100;

    private final Supplier<WebhookTransport> transport;
    private final int warmUp;
    private final int perRound;
    private final int rounds;
    private final int latencySamples;

    MemoryScenario(Supplier<WebhookTransport> transport, int warmUp, int perRound, int rounds, int latencySamples) {
        this.transport = transport;
        this.warmUp = warmUp;
        this.perRound = perRound;
        this.rounds = rounds;
        this.latencySamples = latencySamples;
    }

    void run(ExecutorService threads) throws Exception {
        try (var receiver = new ReceiverProcess();
                var floorTransport = transport.get();
                var webhooks = WebhookDispatcher.builder(InMemoryWebhookStore.create())
                        .transport(transport.get())
                        .maxInFlight(Load.IN_FLIGHT)
                        // What is measured is the log of the last rounds, not of the whole run.
                        .retention(Duration.ofMinutes(1))
                        .build()) {
            for (int i = 0; i < Load.URLS; i++) {
                webhooks.subscriptions()
                        .create(NewSubscription.to(receiver.url(Load.path(i))).eventTypes(Load.type(i)));
            }
            webhooks.start();
            var floor = new BareLoop(floorTransport, receiver);
            Round.Work bare = count -> floor.run(count, threads);
            Round.Work engine = count -> publish(webhooks, count);

            System.out.printf("warming up with %,d deliveries each%n", warmUp);
            Round.measure(receiver, warmUp, bare);
            Round.measure(receiver, warmUp, engine);
            var bareRounds = new ArrayList<Round>();
            var engineRounds = new ArrayList<Round>();
            for (int i = 0; i < rounds; i++) {
                bareRounds.add(Round.measure(receiver, perRound, bare));
                engineRounds.add(Round.measure(receiver, perRound, engine));
                System.out.printf(
                        "round %d: bare loop %,.0f/s, Posthorn %,.0f/s%n",
                        i + 1,
                        bareRounds.get(i).perSecond(),
                        engineRounds.get(i).perSecond());
            }
            var latency = latency(receiver, webhooks);
            report(bareRounds, engineRounds, latency);
        }
    }

    private static void publish(WebhookDispatcher webhooks, int count) {
        for (int n = 0; n < count; n += BATCH) {
            var batch = new ArrayList<WebhookEvent>(BATCH);
            for (int i = n; i < Math.min(count, n + BATCH); i++) {
                batch.add(Load.event(i));
            }
            webhooks.publish(batch);
        }
    }

    private ReceiverProcess.Stats latency(ReceiverProcess receiver, WebhookDispatcher webhooks) {
        receiver.reset();
        long gap = 10_000_000;
        long next = System.nanoTime();
        for (int n = 0; n < latencySamples; n++) {
            while (next - System.nanoTime() > 0) {
                LockSupport.parkNanos(next - System.nanoTime());
            }
            webhooks.publish(Load.event(n));
            next += gap;
        }
        receiver.awaitCount(latencySamples);
        return receiver.stats();
    }

    private void report(List<Round> bare, List<Round> engine, ReceiverProcess.Stats latency) {
        Round.header(rounds, perRound, warmUp);
        Round.row("bare loop on the same transport", bare);
        Round.row("Posthorn, in memory", engine);
        var ratios = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            ratios[i] = engine.get(i).perSecond() / bare.get(i).perSecond();
        }
        System.out.printf(Locale.ROOT, "%nPosthorn / bare loop, round by round: %s%n", Round.spread(ratios, "%.2f"));
        System.out.printf(
                Locale.ROOT,
                "publish to arrival at 100/s (%,d events): p50 %.2f ms, p99 %.2f ms, max %.2f ms%n",
                latency.count(),
                latency.p50() / 1e3,
                latency.p99() / 1e3,
                latency.max() / 1e3);
    }
}
