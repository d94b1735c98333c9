package dev.posthorn.benchmarks;

import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.JdkTransport;
import dev.posthorn.webhook.transport.SocketTransport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/** Runs scenarios by name. */
public final class Benchmarks {
    private static final AddressPolicy LOOPBACK = AddressPolicy.publicOnly().allowing("127.0.0.0/8");

    private Benchmarks() {}

    private static Map<String, Scenario> scenarios() {
        var threads = threads();
        var scenarios = new LinkedHashMap<String, Scenario>();
        scenarios.put(
                "memory", quick -> memory(Benchmarks::socketTransport, quick).run(threads));
        scenarios.put(
                "memory-jdk", quick -> memory(Benchmarks::jdkTransport, quick).run(threads));
        scenarios.put("transports", quick -> transports(quick).run(threads));
        scenarios.put("filters", quick -> new FilterScenario().run());
        scenarios.put("signing", quick -> signing(quick).run());
        scenarios.put("hostile", quick -> hostile(100, quick).run());
        scenarios.put("hostile-calm", quick -> hostile(20, quick).run());
        scenarios.put("scale", new ScaleScenario());
        scenarios.put("days", new DaysScenario());
        scenarios.put("redis", new RedisScenario());
        scenarios.put("pinned", new PinnedScenario(500, 300, 20_000));
        scenarios.put(
                "peers",
                new PeersScenario(
                        Integer.getInteger("posthorn.benchmark.warmup", 100_000),
                        Integer.getInteger("posthorn.benchmark.deliveries", 20_000),
                        Integer.getInteger("posthorn.benchmark.rounds", 3),
                        5_000,
                        Duration.ofSeconds(10)));
        scenarios.put("sql", new SqlScenario());
        scenarios.put("fan-out", new FanOutScenario());
        scenarios.put("heap", new HeapScenario());
        scenarios.put("ingest", quick -> new IngestScenario().run(quick));
        scenarios.put("isolation-hanging", new HangingScenario());
        scenarios.put("isolation-backlog", new BacklogScenario());
        scenarios.put("isolation-flood", new FloodScenario());
        scenarios.put("isolation-rate", new RateLimitScenario());
        return scenarios;
    }

    /**
     * Runs what it is told to.
     *
     * @param args names of scenarios, or what the names of several begin with before a dash; all where there are none. {@code quick} shortens them, to see that they work; {@code report} only puts what was measured into the docs
     */
    public static void main(String[] args) throws Exception {
        var scenarios = scenarios();
        var given = new LinkedHashSet<>(Arrays.asList(args));
        if (given.remove("report")) {
            Report.write(Path.of(System.getProperty("posthorn.benchmark.docs", "docs")));
            return;
        }
        boolean quick = given.remove("quick");
        var names = new LinkedHashSet<String>();
        for (var name : given) {
            if (scenarios.containsKey(name) || !names.addAll(group(name, scenarios))) {
                names.add(name);
            }
        }
        if (!scenarios.keySet().containsAll(names)) {
            throw new IllegalArgumentException("there are only: " + String.join(", ", scenarios.keySet()));
        }
        for (var scenario : scenarios.entrySet()) {
            if (names.isEmpty() || names.contains(scenario.getKey())) {
                scenario.getValue().run(quick);
            }
        }
    }

    private static List<String> group(String name, Map<String, Scenario> scenarios) {
        return scenarios.keySet().stream()
                .filter(each -> each.startsWith(name + "-"))
                .toList();
    }

    private static ExecutorService threads() {
        return Executors.newFixedThreadPool(Load.IN_FLIGHT, work -> {
            var thread = new Thread(work, "bare-loop");
            thread.setDaemon(true);
            return thread;
        });
    }

    private static MemoryScenario memory(Supplier<WebhookTransport> transport, boolean quick) {
        return quick
                ? new MemoryScenario(transport, 2_000, 2_000, 3, 100)
                : new MemoryScenario(transport, 200_000, 50_000, 7, 3_000);
    }

    private static TransportScenario transports(boolean quick) {
        return quick
                ? new TransportScenario(socketTransport(), jdkTransport(), 2_000, 2_000, 3)
                : new TransportScenario(socketTransport(), jdkTransport(), 100_000, 50_000, 5);
    }

    private static SigningScenario signing(boolean quick) {
        return quick ? new SigningScenario(3, 2_000) : new SigningScenario(7, 100_000);
    }

    private static HostileScenario hostile(int eventsPerSecond, boolean quick) {
        return quick
                ? new HostileScenario(Benchmarks::socketTransport, 200, eventsPerSecond, 2_000, 300, 1)
                : new HostileScenario(Benchmarks::socketTransport, 1_000, eventsPerSecond, 20_000, 1_000, 3);
    }

    static WebhookTransport socketTransport() {
        return SocketTransport.builder().addresses(LOOPBACK).build();
    }

    private static WebhookTransport jdkTransport() {
        return JdkTransport.builder().addresses(LOOPBACK).build();
    }
}
