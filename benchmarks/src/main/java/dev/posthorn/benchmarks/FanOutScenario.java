package dev.posthorn.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** One event to 10,000 subscriptions on PostgreSQL: until it is durable, what that costs, and until all have it. */
final class FanOutScenario implements Scenario {
    private final Results results = new Results("fan-out");

    @Override
    public void run(boolean quick) throws Exception {
        int subscriptions = quick ? 1_000 : 10_000;
        int rounds = quick ? 2 : 7;
        try (var server = PostgresServer.start();
                var pool = server.pool(12);
                var receiver = new ReceiverProcess();
                var webhooks = WebhookDispatcher.builder(Isolated.store(pool, "fan_out"))
                        .transport(Benchmarks.socketTransport())
                        .build()) {
            results.about("PostgreSQL", server.ask("SHOW server_version"));
            results.title("fan-out", "one event to %,d subscriptions".formatted(subscriptions));
            subscribe(webhooks, receiver, subscriptions);
            webhooks.start();
            // The first rounds are not counted: they warm up.
            for (int round = -3; round < rounds; round++) {
                var figures = once(server, pool, receiver, webhooks, subscriptions);
                if (round >= 0) {
                    results.add("fan-out", "Posthorn", figures);
                }
            }
            webhooks.close(Duration.ofSeconds(20));
            System.out.println(results.markdown());
        }
    }

    private static void subscribe(WebhookDispatcher webhooks, ReceiverProcess receiver, int count)
            throws InterruptedException {
        var threads = Executors.newFixedThreadPool(8);
        for (int i = 0; i < count; i++) {
            var url = receiver.url(Load.path(i));
            threads.execute(() ->
                    webhooks.subscriptions().create(NewSubscription.to(url).eventTypes(Load.type(0))));
        }
        threads.shutdown();
        threads.awaitTermination(5, TimeUnit.MINUTES);
    }

    private static Map<String, Double> once(
            PostgresServer server,
            HikariDataSource pool,
            ReceiverProcess receiver,
            WebhookDispatcher webhooks,
            int subscriptions)
            throws Exception {
        receiver.reset();
        var before = server.counters(pool);
        long start = System.nanoTime();
        int made = webhooks.publish(Load.event(0)).deliveryIds().size();
        double durable = (System.nanoTime() - start) / 1e6;
        if (made != subscriptions) {
            throw new IllegalStateException(made + " deliveries");
        }
        receiver.awaitCount(subscriptions);
        double arrived = (receiver.stats().lastAt() - start) / 1e6;
        var counters = server.counters(pool).minus(before);
        var figures = new LinkedHashMap<String, Double>();
        figures.put("durable after ms", durable);
        figures.put("all arrived after ms", arrived);
        figures.put("statements in all", (double) counters.statements());
        figures.put("WAL bytes a delivery", counters.walBytes() / (double) subscriptions);
        return figures;
    }
}
