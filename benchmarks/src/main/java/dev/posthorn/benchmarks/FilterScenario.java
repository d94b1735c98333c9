package dev.posthorn.benchmarks;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.PayloadFilter;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/**
 * What publishing costs beside 100,000 subscriptions: to types that were published before, and to types that never were,
 * for which the index has to be walked. Each event is wanted by about ten. Then all want one type, and have filters on its payload.
 */
final class FilterScenario {
    private static final int SUBSCRIPTIONS = 100_000;
    private static final int GROUPS = 10_000;
    private static final int ROUNDS = 7;
    private static final int PER_ROUND = 5_000;
    private static final String PADDING = "x".repeat(440);

    void run() {
        System.out.printf(
                "%,d subscriptions%n%n| types | µs a publish, median (min–max) |%n|---|---|%n", SUBSCRIPTIONS);
        report("always the same one", n -> "group7.thing.done", Load::payload, FilterScenario::byType);
        report(
                "ever new ones",
                n -> "group" + n % GROUPS + ".thing" + n + ".done",
                Load::payload,
                FilterScenario::byType);
        report(
                "one for all, and a filter by customer for each",
                n -> "order.created",
                FilterScenario::order,
                FilterScenario::byCustomer);
        report(
                "one for all, and a filter by amount for each, one of 100",
                n -> "order.created",
                FilterScenario::order,
                FilterScenario::byAmount);
    }

    private static Bytes order() {
        int customer = ThreadLocalRandom.current().nextInt(GROUPS);
        return Bytes.utf8("{\"customer\":\"c%d\",\"total\":0.5,\"padding\":\"%s\"}".formatted(customer, PADDING));
    }

    private static NewSubscription byType(NewSubscription to, int i) {
        var group = "group" + i % GROUPS;
        return to.eventTypes(i % 3 == 0 ? group + ".**" : group + ".*.done");
    }

    /** Ten for each customer. */
    private static NewSubscription byCustomer(NewSubscription to, int i) {
        return to.filter(PayloadFilter.parse("{\"pointer\":\"/customer\",\"equals\":\"c%d\"}".formatted(i % GROUPS)));
    }

    /** None of them matches. */
    private static NewSubscription byAmount(NewSubscription to, int i) {
        return to.filter(PayloadFilter.parse("{\"pointer\":\"/total\",\"gt\":%d}".formatted(1 + i % 100)));
    }

    private interface Types {
        String of(int n);
    }

    private interface Wants {
        NewSubscription of(NewSubscription to, int i);
    }

    private static void report(String name, Types types, Supplier<Bytes> payload, Wants wants) {
        try (var webhooks =
                WebhookDispatcher.builder(InMemoryWebhookStore.create()).build()) {
            for (int i = 0; i < SUBSCRIPTIONS; i++) {
                webhooks.subscriptions().create(wants.of(NewSubscription.to("https://example.com/" + i), i));
            }
            var micros = new double[ROUNDS];
            int n = 0;
            // The first round is not counted: it warms up.
            for (int round = -1; round < ROUNDS; round++) {
                long start = System.nanoTime();
                for (int i = 0; i < PER_ROUND; i++) {
                    webhooks.publish(WebhookEvent.of(types.of(n++), "application/json", payload.get()));
                }
                if (round >= 0) {
                    micros[round] = (System.nanoTime() - start) / 1e3 / PER_ROUND;
                }
            }
            Arrays.sort(micros);
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.1f (%.1f–%.1f) |%n",
                    name,
                    micros[ROUNDS / 2],
                    micros[0],
                    micros[ROUNDS - 1]);
        }
    }
}
