package dev.posthorn.benchmarks;

import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * What publishing costs beside 100,000 subscriptions: to types that were published before, and to types that never were,
 * for which the index has to be walked. Each event is wanted by about ten.
 */
final class FilterScenario {
    private static final int SUBSCRIPTIONS = 100_000;
    private static final int GROUPS = 10_000;
    private static final int ROUNDS = 7;
    private static final int PER_ROUND = 5_000;

    void run() {
        System.out.printf(
                "%,d subscriptions%n%n| types | µs a publish, median (min–max) |%n|---|---|%n", SUBSCRIPTIONS);
        report("always the same one", n -> "group7.thing.done");
        report("ever new ones", n -> "group" + n % GROUPS + ".thing" + n + ".done");
    }

    private interface Types {
        String of(int n);
    }

    private static void report(String name, Types types) {
        try (var webhooks =
                WebhookDispatcher.builder(InMemoryWebhookStore.create()).build()) {
            var random = new Random(1);
            for (int i = 0; i < SUBSCRIPTIONS; i++) {
                var group = "group" + i % GROUPS;
                webhooks.subscriptions()
                        .create(NewSubscription.to("https://example.com/" + i)
                                .eventTypes(random.nextBoolean() ? group + ".**" : group + ".*.done"));
            }
            var micros = new double[ROUNDS];
            int n = 0;
            // The first round is not counted: it warms up.
            for (int round = -1; round < ROUNDS; round++) {
                long start = System.nanoTime();
                for (int i = 0; i < PER_ROUND; i++) {
                    webhooks.publish(WebhookEvent.of(types.of(n++), "application/json", Load.payload()));
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
