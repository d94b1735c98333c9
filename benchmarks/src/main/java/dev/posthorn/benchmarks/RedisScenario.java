package dev.posthorn.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.postgres.PostgresWebhookStore;
import dev.posthorn.webhook.redis.RedisDeliveryQueue;
import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.Loaded;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.spi.WebhookStore;
import dev.posthorn.webhook.tck.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/**
 * PostgreSQL with its own queue beside PostgreSQL with a queue in Redis: what a delivery costs from publishing to recording,
 * in batches and one operation after the other, without an engine and without sending. Round by round in turn, so that
 * whatever disturbs disturbs both.
 */
final class RedisScenario implements Scenario {
    private final Samples samples = new Samples(Instant::now);

    /** A store with its queue, and the subscriptions it has. */
    private record Kind(String name, WebhookStore store, DeliveryQueue queue, boolean isOutside, List<UUID> to) {}

    /** What a round took, in all. */
    private record Cost(long nanos, ServerCounters postgres, RedisProcess.Counters redis) {}

    @Override
    public void run(boolean quick) throws Exception {
        try (var server = PostgresServer.start();
                var pool = server.pool(2);
                var redis = RedisProcess.start();
                var client = redis.client()) {
            for (int batch : List.of(100, 500)) {
                var own = store(pool, "own" + batch).build();
                var outside = store(pool, "outside" + batch).withoutQueue().build();
                var queue = RedisDeliveryQueue.builder(client)
                        .keyPrefix("batch" + batch)
                        .build();
                var kinds = List.of(
                        new Kind("PostgreSQL", own, own.queue().orElseThrow(), false, subscribe(own)),
                        new Kind("PostgreSQL + Redis", outside, queue, true, subscribe(outside)));
                compare(server, pool, redis, kinds, batch, quick);
            }
        }
    }

    private static PostgresWebhookStore.Builder store(HikariDataSource pool, String schema) {
        return PostgresWebhookStore.builder(pool, SecretCipher.secretsInTheClear())
                .schema(schema);
    }

    private List<UUID> subscribe(WebhookStore store) {
        var ids = new ArrayList<UUID>();
        for (int i = 0; i < Load.URLS; i++) {
            var stored = samples.subscription();
            store.subscriptions().insert(stored);
            ids.add(stored.subscription().id());
        }
        return ids;
    }

    private void compare(
            PostgresServer server,
            HikariDataSource pool,
            RedisProcess redis,
            List<Kind> kinds,
            int batch,
            boolean quick)
            throws Exception {
        int batches = (quick ? 200 : 10_000) / batch;
        int rounds = quick ? 2 : 7;
        var costs = new LinkedHashMap<Kind, List<Cost>>();
        for (int round = -2; round < rounds; round++) {
            for (var kind : kinds) {
                var publications = new ArrayList<List<Publication>>();
                for (int i = 0; i < batches; i++) {
                    publications.add(publications(kind, batch));
                }
                var postgresBefore = server.counters(pool);
                var redisBefore = redis.counters();
                long start = System.nanoTime();
                deliver(kind, publications, batch);
                var cost = new Cost(
                        System.nanoTime() - start,
                        server.counters(pool).minus(postgresBefore),
                        redis.counters().minus(redisBefore));
                if (round >= 0) {
                    costs.computeIfAbsent(kind, each -> new ArrayList<>()).add(cost);
                }
            }
        }
        report(costs, batch, batches * batch);
    }

    private void deliver(Kind kind, List<List<Publication>> publications, int batch) {
        for (var each : publications) {
            kind.store.deliveries().append(each);
            if (kind.isOutside) {
                kind.queue.enqueue(
                        each.stream().flatMap(one -> one.deliveries().stream()).toList());
            }
        }
        var request = new ClaimRequest(batch, Duration.ofMinutes(5), batch, Map.of());
        int count = 0;
        for (int i = 0; i < publications.size(); i++) {
            var leases = kind.queue.claim(request).leases();
            var outcomes = kind.store.deliveries().load(leases, Long.MAX_VALUE).ready().stream()
                    .map(this::succeeded)
                    .toList();
            kind.store.deliveries().record(outcomes);
            if (kind.isOutside) {
                kind.queue.settle(
                        outcomes.stream().map(DeliveryOutcome::settlement).toList());
            }
            count += outcomes.size();
        }
        if (count != publications.size() * batch) {
            throw new IllegalStateException(count + " of " + publications.size() * batch + " were claimed");
        }
    }

    private List<Publication> publications(Kind kind, int batch) {
        var made = new ArrayList<Publication>();
        for (int i = 0; i < batch; i++) {
            var event = samples.event("default", Load.type(i), Load.payload());
            made.add(samples.publication(event, samples.ticket(kind.to.get(i % kind.to.size()))));
        }
        return made;
    }

    private DeliveryOutcome succeeded(Loaded.Ready ready) {
        return DeliveryOutcome.succeeded(
                ready.lease(), ready.version(), samples.succeeded(ready.lease().deliveryId(), 1));
    }

    private static void report(Map<Kind, List<Cost>> costs, int batch, int count) {
        System.out.printf(
                Locale.ROOT,
                "%nbatches of %d, %,d deliveries a round%n"
                        + "| | deliveries a second | wall µs a delivery | PostgreSQL's backends, CPU µs | Redis, CPU µs |"
                        + " WAL bytes | statements a batch | Redis commands a delivery |%n|---|---|---|---|---|---|---|---|%n",
                batch,
                count);
        costs.forEach((kind, rounds) -> System.out.printf(
                Locale.ROOT,
                "| %s | %s | %s | %s | %s | %s | %s | %s |%n",
                kind.name,
                Round.spread(
                        rounds.stream()
                                .mapToDouble(each -> count / (each.nanos / 1e9))
                                .toArray(),
                        "%,.0f"),
                Round.spread(
                        rounds.stream()
                                .mapToDouble(each -> each.nanos / 1e3 / count)
                                .toArray(),
                        "%.1f"),
                Round.spread(
                        rounds.stream()
                                .mapToDouble(each -> each.postgres.backendNanos() / 1e3 / count)
                                .toArray(),
                        "%.1f"),
                Round.spread(
                        rounds.stream()
                                .mapToDouble(each -> each.redis.cpuSeconds() * 1e6 / count)
                                .toArray(),
                        "%.1f"),
                Round.spread(
                        rounds.stream()
                                .mapToDouble(each -> each.postgres.walBytes() / (double) count)
                                .toArray(),
                        "%,.0f"),
                Round.spread(
                        rounds.stream()
                                .mapToDouble(each -> each.postgres.statements() * (double) batch / count)
                                .toArray(),
                        "%.2f"),
                Round.spread(
                        rounds.stream()
                                .mapToDouble(each -> each.redis.commands() / (double) count)
                                .toArray(),
                        "%.3f")));
    }
}
