package dev.posthorn.benchmarks;

import dev.posthorn.webhook.Delivery;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.Page;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/** How long reads of a log take: pages of lists, at the beginning and far behind it, and single deliveries. */
final class ReadTimes {
    private static final int PAGE = 50;

    private final Map<String, KeptLog> logs;

    ReadTimes(Map<String, KeptLog> logs) {
        this.logs = logs;
    }

    private static Map<String, Consumer<KeptLog>> reads() {
        var reads = new LinkedHashMap<String, Consumer<KeptLog>>();
        reads.put("first page of a subscription", log -> list(log, ofSubscription(log)));
        reads.put(
                "a page of it from five days ago",
                log -> list(log, ofSubscription(log).after(fiveDaysAgo())));
        reads.put(
                "first page of a tenant",
                log -> list(log, DeliveryQuery.all().tenant("default").limit(PAGE)));
        reads.put(
                "a page of it that looks at 10,000 to find none",
                log -> list(
                        log,
                        DeliveryQuery.all()
                                .tenant("default")
                                .status(DeliveryStatus.FAILED)
                                .limit(PAGE)));
        reads.put("a delivery, its event and attempts", ReadTimes::one);
        return reads;
    }

    private static DeliveryQuery ofSubscription(KeptLog log) {
        return DeliveryQuery.ofSubscription(log.subscriptions().get(50)).limit(PAGE);
    }

    private static String fiveDaysAgo() {
        long millis = System.currentTimeMillis() - 5L * 24 * 3_600_000;
        return new UUID(millis << 16, 0).toString();
    }

    private static Page<Delivery> list(KeptLog log, DeliveryQuery query) {
        return log.store().deliveries().list(query);
    }

    private static void one(KeptLog log) {
        var deliveries = log.store().deliveries();
        var id = list(log, ofSubscription(log).limit(1)).items().get(0).id();
        var found = deliveries.find(id).orElseThrow();
        if (deliveries.findEvent(found.eventId()).isEmpty()
                || deliveries.attempts(id).isEmpty()) {
            throw new IllegalStateException("not all of " + id + " is there");
        }
    }

    void run(int times) {
        System.out.printf("%n| ms | %s |%n|---|---|---|---|---|%n", String.join(" | ", logs.keySet()));
        reads().forEach((name, read) -> {
            var row = new StringBuilder("| " + name);
            logs.values().forEach(log -> row.append(" | ").append(Round.spread(millis(log, read, times), "%.2f")));
            System.out.println(row.append(" |"));
        });
    }

    private static double[] millis(KeptLog log, Consumer<KeptLog> read, int times) {
        for (int i = 0; i < 10; i++) {
            read.accept(log);
        }
        var millis = new double[times];
        for (int i = 0; i < times; i++) {
            long start = System.nanoTime();
            read.accept(log);
            millis[i] = (System.nanoTime() - start) / 1e6;
        }
        return millis;
    }
}
