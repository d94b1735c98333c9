package dev.posthorn.benchmarks;

import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.JdkTransport;
import dev.posthorn.webhook.transport.SocketTransport;
import java.util.List;
import java.util.function.Supplier;

/** Runs scenarios by name. */
public final class Benchmarks {
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
        var loopback = AddressPolicy.publicOnly().allowing("127.0.0.0/8");
        if (all || names.contains("memory")) {
            memory(() -> SocketTransport.builder().addresses(loopback).build(), quick);
        }
        if (all || names.contains("memory-jdk")) {
            memory(() -> JdkTransport.builder().addresses(loopback).build(), quick);
        }
        if (all || names.contains("filters")) {
            new FilterScenario().run();
        }
    }

    private static void memory(Supplier<WebhookTransport> transport, boolean quick) throws Exception {
        var scenario = quick
                ? new MemoryScenario(transport, 2_000, 2_000, 3, 100)
                : new MemoryScenario(
                        transport, Integer.getInteger("warm", 100_000), 50_000, Integer.getInteger("rounds", 5), 1_000);
        scenario.run();
    }
}
