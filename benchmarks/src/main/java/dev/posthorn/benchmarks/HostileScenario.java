package dev.posthorn.benchmarks;

import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.spi.WebhookTransport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * What a thousand hostile endpoints do to the deliveries of a good one: the time from publish to arrival at 100 events a
 * second, alone and while the others get their events from the same dispatcher. Then the same of a bare loop on one
 * thread, alone and while another process calls the hostile endpoints: what the machine makes of so much work beside it.
 */
final class HostileScenario {
    private static final long GAP_NANOS = 10_000_000;

    private final Supplier<WebhookTransport> transport;
    private final int endpoints;
    private final int eventsPerSecond;
    private final int warmUp;
    private final int samples;
    private final int rounds;

    HostileScenario(
            Supplier<WebhookTransport> transport,
            int endpoints,
            int eventsPerSecond,
            int warmUp,
            int samples,
            int rounds) {
        this.transport = transport;
        this.endpoints = endpoints;
        this.eventsPerSecond = eventsPerSecond;
        this.warmUp = warmUp;
        this.samples = samples;
        this.rounds = rounds;
    }

    /** The same work measured alone and beside the hostile endpoints, round by round. */
    private record Pair(
            String quietName,
            List<ReceiverProcess.Stats> quiet,
            String loadedName,
            List<ReceiverProcess.Stats> loaded) {}

    void run() throws Exception {
        try (var receiver = new ReceiverProcess();
                var bareTransport = transport.get()) {
            Pair onOne;
            double attemptsPerSecond;
            try (var calls = new HostileCalls(endpoints, eventsPerSecond)) {
                calls.webhooks
                        .subscriptions()
                        .create(NewSubscription.to(receiver.url(Load.path(0))).eventTypes(Load.type(0)));
                Work publish = () -> calls.webhooks.publish(Load.event(0));
                for (int n = 0; n < warmUp; n++) {
                    publish.once();
                }
                System.out.println("warming up");
                calls.on();
                pace(receiver, publish, warmUp / 10);
                calls.off();
                onOne = pair("Posthorn, the good one alone", "Posthorn, among the hostile ones");
                int attempts = calls.attempts();
                long loadedNanos = 0;
                for (int i = 0; i < rounds; i++) {
                    onOne.quiet.add(pace(receiver, publish, samples));
                    long start = System.nanoTime();
                    calls.on();
                    onOne.loaded.add(pace(receiver, publish, samples));
                    loadedNanos += System.nanoTime() - start;
                    calls.off();
                    tell(i, onOne);
                }
                attemptsPerSecond = (calls.attempts() - attempts) * 1e9 / loadedNanos;
                System.out.printf("%,d of %,d hostile endpoints were called%n", calls.called(), endpoints);
            }
            var apart = pair("bare loop, alone", "bare loop, another process calls the hostile ones");
            try (var process = new CallsProcess(endpoints, eventsPerSecond)) {
                var bare = new BareLoop(bareTransport, receiver);
                for (int n = 0; n < warmUp; n++) {
                    bare.send(0);
                }
                process.on();
                pace(receiver, () -> bare.send(0), warmUp / 10);
                process.off();
                for (int i = 0; i < rounds; i++) {
                    apart.quiet.add(pace(receiver, () -> bare.send(0), samples));
                    process.on();
                    apart.loaded.add(pace(receiver, () -> bare.send(0), samples));
                    process.off();
                    tell(i, apart);
                }
            }
            report(attemptsPerSecond, List.of(onOne, apart));
        }
    }

    /** One event. */
    private interface Work {
        void once() throws Exception;
    }

    private static Pair pair(String quiet, String loaded) {
        return new Pair(quiet, new ArrayList<>(), loaded, new ArrayList<>());
    }

    private static ReceiverProcess.Stats pace(ReceiverProcess receiver, Work work, int count) throws Exception {
        receiver.reset();
        long next = System.nanoTime();
        for (int n = 0; n < count; n++) {
            while (next - System.nanoTime() > 0) {
                LockSupport.parkNanos(next - System.nanoTime());
            }
            work.once();
            next += GAP_NANOS;
        }
        receiver.awaitCount(count);
        return receiver.stats();
    }

    private static void tell(int round, Pair pair) {
        System.out.printf(
                Locale.ROOT,
                "round %d: p99 %.2f ms alone, %.2f ms beside the hostile ones%n",
                round + 1,
                pair.quiet.get(round).p99() / 1e3,
                pair.loaded.get(round).p99() / 1e3);
    }

    private void report(double attemptsPerSecond, List<Pair> pairs) {
        System.out.printf(
                Locale.ROOT,
                "%nJDK %s, %d processors; %,d hostile endpoints, %d events and %.0f attempts a second at them; %d rounds of"
                        + " %,d good events; median (min–max)%n%n",
                Runtime.version(),
                ManagementFactory.getOperatingSystemMXBean().getAvailableProcessors(),
                endpoints,
                eventsPerSecond,
                attemptsPerSecond,
                rounds,
                samples);
        System.out.println("| | p50 ms | p99 ms | max ms |");
        System.out.println("|---|---|---|---|");
        for (var pair : pairs) {
            row(pair.quietName, pair.quiet);
            row(pair.loadedName, pair.loaded);
        }
        for (var pair : pairs) {
            var ratios = new double[rounds];
            for (int i = 0; i < rounds; i++) {
                ratios[i] =
                        (double) pair.loaded.get(i).p99() / pair.quiet.get(i).p99();
            }
            System.out.printf("%s: p99 over the quiet one %s%n", pair.loadedName, Round.spread(ratios, "%.2f"));
        }
    }

    private static void row(String name, List<ReceiverProcess.Stats> stats) {
        System.out.printf(
                "| %s | %s | %s | %s |%n",
                name,
                millis(stats, ReceiverProcess.Stats::p50),
                millis(stats, ReceiverProcess.Stats::p99),
                millis(stats, ReceiverProcess.Stats::max));
    }

    private static String millis(List<ReceiverProcess.Stats> stats, ToDoubleFunction<ReceiverProcess.Stats> micros) {
        return Round.spread(
                stats.stream().mapToDouble(micros).map(value -> value / 1e3).toArray(), "%.2f");
    }

    /** {@link HostileCalls} in a process of its own. */
    private static final class CallsProcess implements AutoCloseable {
        private final Process process;
        private final BufferedReader answers;

        CallsProcess(int endpoints, int eventsPerSecond) throws IOException {
            process = new ProcessBuilder(
                            System.getProperty("java.home") + "/bin/java",
                            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                            "-cp",
                            System.getProperty("java.class.path"),
                            HostileCalls.class.getName(),
                            Integer.toString(endpoints),
                            Integer.toString(eventsPerSecond))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        }

        void on() throws IOException {
            say('1');
        }

        void off() throws IOException {
            say('0');
        }

        private void say(char word) throws IOException {
            process.getOutputStream().write(word);
            process.getOutputStream().flush();
            Objects.requireNonNull(answers.readLine(), "the calling process has ended");
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
