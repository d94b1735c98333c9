package dev.posthorn.benchmarks;

import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.JdkTransport;
import dev.posthorn.webhook.transport.SocketTransport;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/** Runs scenarios by name. */
public final class Benchmarks {
    private static final AddressPolicy LOOPBACK = AddressPolicy.publicOnly().allowing("127.0.0.0/8");

    private Benchmarks() {}

    /**
     * Runs what it is told to.
     *
     * @param args names of scenarios; all where there are none. {@code quick} shortens them, to see that they work
     */
    public static void main(String[] args) throws Exception {
        var names = List.of(args);
        boolean quick = names.contains("quick");
        boolean all = names.stream().allMatch("quick"::equals);
        var threads = Executors.newFixedThreadPool(Load.IN_FLIGHT, work -> {
            var thread = new Thread(work, "bare-loop");
            thread.setDaemon(true);
            return thread;
        });
        if (all || names.contains("memory")) {
            memory(Benchmarks::socketTransport, quick).run(threads);
        }
        if (all || names.contains("memory-jdk")) {
            memory(Benchmarks::jdkTransport, quick).run(threads);
        }
        if (all || names.contains("transports")) {
            transports(quick).run(threads);
        }
        if (all || names.contains("filters")) {
            new FilterScenario().run();
        }
        if (all || names.contains("signing")) {
            signing(quick).run();
        }
        if (all || names.contains("hostile")) {
            hostile(100, quick).run();
        }
        if (all || names.contains("hostile-calm")) {
            hostile(20, quick).run();
        }
        threads.shutdownNow();
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

    private static WebhookTransport socketTransport() {
        return SocketTransport.builder().addresses(LOOPBACK).build();
    }

    private static WebhookTransport jdkTransport() {
        return JdkTransport.builder().addresses(LOOPBACK).build();
    }
}
