package dev.posthorn.benchmarks;

import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/**
 * What a flood does to another tenant: one publishes as many events at once as the store takes, in batches; the other one
 * after the other all the while, until the flood has been delivered.
 */
final class FloodScenario implements Scenario {
    private static final int BATCH = 500;
    private static final int PER_SECOND = 50;

    @Override
    public void run(boolean quick) throws Exception {
        int flood = quick ? 2_000 : 50_000;
        int rounds = quick ? 1 : 3;
        try (var server = PostgresServer.start();
                var pool = server.pool(12);
                var others = new ReceiverProcess();
                var flooded = new ReceiverProcess()) {
            var isolated = new Isolated(server, pool, "flood");
            try (var webhooks = isolated.dispatcher()) {
                webhooks.subscriptions()
                        .create(NewSubscription.to(others.url("/other"))
                                .tenant("other")
                                .eventTypes(Load.type(0)));
                webhooks.subscriptions()
                        .create(NewSubscription.to(flooded.url("/flooded"))
                                .tenant("flooded")
                                .eventTypes(Load.type(0)));
                webhooks.start();
                flood(webhooks, quick ? 2_000 : 100_000);
                flooded.awaitCount(quick ? 2_000 : 100_000);
                var quiet = new ArrayList<ReceiverProcess.Stats>();
                var beside = new ArrayList<ReceiverProcess.Stats>();
                var seconds = new double[rounds];
                var length = Duration.ofSeconds(quick ? 1 : 10);
                for (int round = quick ? 0 : -1; round < rounds; round++) {
                    var alone = publishOther(webhooks, others, length);
                    flooded.reset();
                    long start = System.nanoTime();
                    var flooding = CompletableFuture.supplyAsync(() -> {
                        flood(webhooks, flood);
                        double published = (System.nanoTime() - start) / 1e9;
                        flooded.awaitCount(flood);
                        System.out.printf(
                                Locale.ROOT,
                                "flood published in %.1f s, delivered in %.1f s%n",
                                published,
                                (System.nanoTime() - start) / 1e9);
                        return (System.nanoTime() - start) / 1e9;
                    });
                    var during = publishOther(webhooks, others, flooding);
                    if (round >= 0) {
                        quiet.add(alone);
                        beside.add(during);
                        seconds[round] = flooding.join();
                        tell(alone, during);
                    }
                }
                QuietAndLoaded.header(
                        server,
                        "one tenant publishes %,d events in batches of %d, another %d/s; %d rounds"
                                .formatted(flood, BATCH, PER_SECOND, rounds));
                System.out.println("| the other's | p50 ms | p99 ms | max ms |\n|---|---|---|---|");
                row("quiet", quiet);
                row("beside the flood", beside);
                System.out.printf("%nThe flood was delivered in %s s.%n", Round.spread(seconds, "%.1f"));
            }
        }
    }

    private static void flood(WebhookDispatcher webhooks, int count) {
        for (int n = 0; n < count; n += BATCH) {
            var batch = new ArrayList<WebhookEvent>(BATCH);
            for (int i = n; i < Math.min(count, n + BATCH); i++) {
                batch.add(Load.event(0).tenant("flooded"));
            }
            webhooks.publish(batch);
        }
    }

    private static ReceiverProcess.Stats publishOther(
            WebhookDispatcher webhooks, ReceiverProcess others, Duration length) throws InterruptedException {
        others.reset();
        int count = Pace.run(PER_SECOND, length, (n, dueAt) -> publish(webhooks, dueAt));
        others.awaitCount(count);
        return others.stats();
    }

    private static ReceiverProcess.Stats publishOther(
            WebhookDispatcher webhooks, ReceiverProcess others, CompletableFuture<?> until)
            throws InterruptedException {
        others.reset();
        int count = 0;
        while (!until.isDone()) {
            count += Pace.run(PER_SECOND, Duration.ofMillis(200), (n, dueAt) -> publish(webhooks, dueAt));
        }
        others.awaitCount(count);
        return others.stats();
    }

    private static void publish(WebhookDispatcher webhooks, long dueAt) {
        webhooks.publish(Load.event(0, dueAt).tenant("other"));
    }

    private static void tell(ReceiverProcess.Stats quiet, ReceiverProcess.Stats beside) {
        System.out.printf(
                Locale.ROOT,
                "quiet p50 %.2f, p99 %.2f, max %.1f ms; beside the flood p50 %.2f, p99 %.2f, max %.1f ms of %d%n",
                quiet.p50() / 1e3,
                quiet.p99() / 1e3,
                quiet.max() / 1e3,
                beside.p50() / 1e3,
                beside.p99() / 1e3,
                beside.max() / 1e3,
                beside.count());
    }

    private static void row(String name, List<ReceiverProcess.Stats> stats) {
        System.out.printf(
                "| %s | %s | %s | %s |%n",
                name,
                Round.spread(
                        stats.stream().mapToDouble(each -> each.p50() / 1e3).toArray(), "%.2f"),
                Round.spread(
                        stats.stream().mapToDouble(each -> each.p99() / 1e3).toArray(), "%.2f"),
                Round.spread(
                        stats.stream().mapToDouble(each -> each.max() / 1e3).toArray(), "%.1f"));
    }
}
