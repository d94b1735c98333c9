package dev.posthorn.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.RateLimit;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * How exactly three nodes together keep to a rate limit while much more waits, and whether waiting uses up attempts. Each
 * node has a pool of its own; they know of each other by the store alone.
 */
final class RateLimitScenario implements Scenario {
    private static final int NODES = 3;
    private static final int PER_SECOND = 20;
    private static final int BATCH = 500;
    /** Until all nodes have heard of each other and used up their first bursts. */
    private static final Duration SETTLING = Duration.ofSeconds(15);

    @Override
    public void run(boolean quick) throws Exception {
        int waiting = quick ? 1_000 : 10_000;
        int seconds = quick ? 10 : 60;
        var pools = new ArrayList<HikariDataSource>();
        var nodes = new ArrayList<WebhookDispatcher>();
        try (var server = PostgresServer.start();
                var receiver = new ReceiverProcess()) {
            for (int i = 0; i < NODES; i++) {
                var pool = server.pool(4);
                pools.add(pool);
                nodes.add(WebhookDispatcher.builder(Isolated.store(pool, "rate"))
                        .nodeId("node-" + i)
                        .transport(Benchmarks.socketTransport())
                        .build());
            }
            nodes.get(0)
                    .subscriptions()
                    .create(NewSubscription.to(receiver.url("/limited"))
                            .eventTypes(Load.type(0))
                            .with(settings -> settings.rateLimit(RateLimit.perSecond(PER_SECOND))));
            for (int n = 0; n < waiting; n += BATCH) {
                var batch = new ArrayList<WebhookEvent>(BATCH);
                for (int i = 0; i < BATCH; i++) {
                    batch.add(Load.event(0));
                }
                nodes.get(0).publish(batch);
            }
            nodes.forEach(WebhookDispatcher::start);
            pause(System.nanoTime() + SETTLING.toNanos());
            var each = new double[seconds];
            int first = receiver.stats().count();
            int before = first;
            long start = System.nanoTime();
            for (int second = 0; second < seconds; second++) {
                pause(start + (second + 1) * 1_000_000_000L);
                int count = receiver.stats().count();
                each[second] = count - before;
                before = count;
            }
            double perSecond = (before - first) * 1e9 / (System.nanoTime() - start);
            for (var node : nodes) {
                node.close(Duration.ofSeconds(5));
            }
            int arrived = receiver.stats().count();
            QuietAndLoaded.header(
                    server,
                    "%d nodes, an endpoint limited to %d/s, %,d deliveries waiting, %d s after the first %d"
                            .formatted(NODES, PER_SECOND, waiting, seconds, SETTLING.toSeconds()));
            System.out.println("| arrivals/s over all | in single seconds | arrivals in all | attempts recorded |"
                    + " deliveries that succeeded | that wait, with an attempt used up |");
            System.out.println("|---|---|---|---|---|---|");
            System.out.printf(
                    "| %.2f | %s | %,d | %s | %s | %s |%n",
                    perSecond,
                    Round.spread(each, "%.0f"),
                    arrived,
                    server.ask("SELECT count(*) FROM rate.posthorn_attempt"),
                    server.ask("SELECT count(*) FROM rate.posthorn_delivery WHERE status = 'SUCCEEDED'"),
                    server.ask("SELECT count(*) FROM rate.posthorn_delivery WHERE status = 'PENDING'"
                            + " AND attempt_count > 0"));
        } finally {
            nodes.forEach(node -> node.close(Duration.ZERO));
            pools.forEach(HikariDataSource::close);
        }
    }

    private static void pause(long until) {
        while (until - System.nanoTime() > 0) {
            LockSupport.parkNanos(until - System.nanoTime());
        }
    }
}
