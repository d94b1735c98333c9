package dev.posthorn.benchmarks;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.TargetUrl;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Events that go in through the standalone server, one or a hundred a request, over connections that are kept; each is also
 * delivered. At the end as many as come, and what memory the server needed.
 */
final class IngestScenario {
    private static final int CLIENTS = 8;
    private static final int BATCH = 100;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final UUID NOBODY = new UUID(0, 0);

    private final WebhookTransport transport = Benchmarks.socketTransport();
    private final Results results = new Results("ingest");

    /** One way to post events. */
    private record Way(String name, int perRequest, Making making) {}

    /** Makes the request for events from the nth on. */
    private interface Making {
        TransportRequest request(int n);
    }

    void run(boolean quick) throws Exception {
        int each = quick ? 500 : 10_000;
        int flood = quick ? 2_000 : 200_000;
        int rounds = quick ? 1 : 3;
        try (var postgres = PostgresServer.start();
                var receiver = new ReceiverProcess();
                var server = StandaloneServer.start(url(postgres));
                transport) {
            var ways = ways(server, subscribe(server, receiver));
            results.about("client threads", Integer.toString(CLIENTS));
            results.title(
                    "ingest", "events of 500 bytes to " + Load.URLS + " URLs; each round of a way until all arrived");
            for (var way : ways) {
                measure(way, 2 * each, receiver);
            }
            for (int round = 0; round < rounds; round++) {
                for (var way : ways) {
                    results.add("ingest", way.name, measure(way, each * (way.perRequest == 1 ? 1 : 2), receiver));
                }
            }
            results.title("memory", "of the server, under -XX:MaxRAM=512m");
            memory("after these", server);
            results.title("flood", flood + " events as fast as they are taken");
            results.add("flood", ways.get(2).name, measure(ways.get(2), flood, receiver));
            memory("after the flood", server);
        }
    }

    private static String url(PostgresServer postgres) {
        var url = URI.create(postgres.url().substring("jdbc:".length()));
        return "postgresql://postgres@" + url.getHost() + ":" + url.getPort() + "/postgres";
    }

    private static List<String> subscribe(StandaloneServer server, ReceiverProcess receiver) {
        var ids = new ArrayList<String>();
        for (int i = 0; i < Load.URLS; i++) {
            ids.add(server.subscribe(receiver.url(Load.path(i)), Load.type(i)));
        }
        return ids;
    }

    private static List<Way> ways(StandaloneServer server, List<String> subscriptions) {
        var key = new Header("Authorization", "Bearer " + StandaloneServer.KEY);
        var json = List.of(key, new Header("Content-Type", "application/json"));
        var lines = List.of(key, new Header("Content-Type", "application/x-ndjson"));
        var events = TargetUrl.parse(server.url("/events"));
        var ingest = subscriptions.stream()
                .map(id -> TargetUrl.parse(server.url("/ingest/" + id)))
                .toList();
        return List.of(
                new Way("one, `/ingest/{id}`", 1, n -> {
                    var type = new Header("X-Event-Type", Load.type(n));
                    var headers = List.of(key, new Header("Content-Type", "application/json"), type);
                    return request(ingest.get(n % Load.URLS), headers, Load.payload());
                }),
                new Way("one, `/events`", 1, n -> request(events, json, Bytes.utf8(event(n)))),
                new Way(BATCH + ", `/events`, an array", BATCH, n -> request(events, json, many(n, "[", ",", "]"))),
                new Way(BATCH + ", `/events`, lines", BATCH, n -> request(events, lines, many(n, "", "\n", "\n"))));
    }

    private static TransportRequest request(TargetUrl url, List<Header> headers, Bytes body) {
        return new TransportRequest(NOBODY, url, headers, body, PATIENCE);
    }

    private static String event(int n) {
        return "{\"event_type\":\"" + Load.type(n) + "\",\"payload\":"
                + Load.payload().toUtf8String() + "}";
    }

    private static Bytes many(int first, String start, String between, String end) {
        var text = new StringBuilder(start);
        for (int i = 0; i < BATCH; i++) {
            text.append(i == 0 ? "" : between).append(event(first + i));
        }
        return Bytes.utf8(text.append(end).toString());
    }

    private Map<String, Double> measure(Way way, int count, ReceiverProcess receiver) throws InterruptedException {
        receiver.reset();
        int requests = count / way.perRequest;
        var nanos = new long[requests];
        var next = new AtomicInteger();
        var failed = new AtomicReference<RuntimeException>();
        long start = System.nanoTime();
        var threads = new ArrayList<Thread>();
        for (int t = 0; t < CLIENTS; t++) {
            var thread = new Thread(
                    () -> {
                        try {
                            for (int n; (n = next.getAndIncrement()) < requests && failed.get() == null; ) {
                                nanos[n] = post(way.making.request(n * way.perRequest));
                            }
                        } catch (RuntimeException problem) {
                            failed.set(problem);
                        }
                    },
                    "client-" + t);
            thread.start();
            threads.add(thread);
        }
        for (var thread : threads) {
            thread.join();
        }
        long end = System.nanoTime();
        if (failed.get() != null) {
            throw failed.get();
        }
        receiver.awaitCount(count);
        Arrays.sort(nanos);
        var figures = new LinkedHashMap<String, Double>();
        figures.put("events/s", count / ((end - start) / 1e9));
        figures.put("request p50 ms", nanos[requests / 2] / 1e6);
        figures.put("p99 ms", nanos[requests * 99 / 100] / 1e6);
        figures.put("max ms", nanos[requests - 1] / 1e6);
        figures.put("delivered/s", count / ((receiver.stats().lastAt() - start) / 1e9));
        return figures;
    }

    /** How long it took until it was answered. */
    private long post(TransportRequest request) {
        long start = System.nanoTime();
        var result = transport.send(request);
        if (!(result instanceof TransportResult.Response response) || response.status() != 202) {
            throw new IllegalStateException(result.toString());
        }
        return System.nanoTime() - start;
    }

    private void memory(String when, StandaloneServer server) throws Exception {
        var memory = server.memory();
        var figures = new LinkedHashMap<String, Double>();
        figures.put("VmHWM MB", memory.mostResident());
        figures.put("VmRSS MB", memory.resident());
        figures.put("heap used MB", memory.heapUsed());
        figures.put("heap at most MB", memory.heapMost());

        results.add("memory", when, figures);
    }
}
