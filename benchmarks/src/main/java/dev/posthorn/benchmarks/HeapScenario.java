package dev.posthorn.benchmarks;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.util.ArrayList;
import java.util.LinkedHashMap;

/**
 * What a node keeps in memory: 100,000 subscriptions on PostgreSQL, then 10,000 deliveries of 1 KB more than it can send, because
 * their endpoints hang. What it does not hold of them waits in the database.
 */
final class HeapScenario implements Scenario {
    private static final int WAITING = 10_000;
    private static final String KB = "x".repeat(1_000);

    private final Results results = new Results("heap");

    @Override
    public void run(boolean quick) throws Exception {
        int subscriptions = quick ? 5_000 : 100_000;
        try (var server = PostgresServer.start();
                var pool = server.pool(12);
                var hanging = new HangingReceiver()) {
            results.about("PostgreSQL", server.ask("SHOW server_version"));
            results.title(
                    "heap",
                    "%,d subscriptions, then %,d deliveries of 1 KB that wait; live objects after collections"
                            .formatted(subscriptions, WAITING));
            var store = Isolated.store(pool, "heap");
            try (var first = WebhookDispatcher.builder(store)
                    .transport(Benchmarks.socketTransport())
                    .build()) {
                first.subscriptions()
                        .create(NewSubscription.to(hanging.url("/hook/0")).eventTypes(Load.type(0)));
            }
            copy(server, subscriptions);
            double before = usedMb();
            try (var webhooks = WebhookDispatcher.builder(store)
                    .transport(Benchmarks.socketTransport())
                    .build()) {
                webhooks.start();
                webhooks.publish(event("nobody.wants.this"));
                double withSubscriptions = usedMb();
                for (int n = 0; n < WAITING; n += 500) {
                    var batch = new ArrayList<WebhookEvent>();
                    for (int i = n; i < n + 500; i++) {
                        batch.add(event("copy." + i));
                    }
                    webhooks.publish(batch);
                }
                var figures = new LinkedHashMap<String, Double>();
                figures.put("MB of subscriptions", withSubscriptions - before);
                figures.put("MB with what waits", usedMb() - before);
                results.add("heap", "Posthorn", figures);
                webhooks.health().parts().stream()
                        .filter(part -> part.name().equals("dispatcher"))
                        .forEach(part -> results.about("dispatcher", part.detail()));
            }
            System.out.println(results.markdown());
        }
    }

    private static WebhookEvent event(String type) {
        return WebhookEvent.of(type, "application/json", Bytes.utf8("{\"padding\":\"" + KB + "\"}"));
    }

    /** So many subscriptions like the first, each with a URL and a type of its own. */
    private static void copy(PostgresServer server, int count) throws Exception {
        server.execute("""
                INSERT INTO heap.posthorn_subscription
                    (id, tenant, version, status, settings, secrets, created_at, updated_at, position)
                SELECT gen_random_uuid(), s.tenant, 1, s.status,
                    replace(replace(s.settings::text, '/hook/0', '/hook/' || i), 'load.0', 'copy.' || i)::json,
                    s.secrets, s.created_at, s.updated_at, h.position + 1 + i
                FROM heap.posthorn_subscription s, heap.posthorn_history h, generate_series(0, %d - 2) i;
                UPDATE heap.posthorn_history SET position = position + %1$d
                """.formatted(count));
    }

    /** What the last collection left, and not what has been allocated since: the node goes on claiming meanwhile. */
    private static double usedMb() throws InterruptedException {
        for (int i = 0; i < 4; i++) {
            System.gc();
            Thread.sleep(300);
        }
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                        .filter(pool -> pool.getType() == MemoryType.HEAP)
                        .mapToLong(pool -> pool.getCollectionUsage().getUsed())
                        .sum()
                / (1024.0 * 1024);
    }
}
