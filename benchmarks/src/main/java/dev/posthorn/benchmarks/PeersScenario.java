package dev.posthorn.benchmarks;

import java.lang.management.ManagementFactory;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Posthorn beside what a Java team would take instead, and beside what can be had by hand: the same work, on one PostgreSQL, to one
 * receiver, in one JVM, in turn in each round. {@code -Dposthorn.benchmark.parts} chooses some of {@link #PARTS}, in this order.
 */
final class PeersScenario implements Scenario {
    private static final String PARTS = "drain,sustained,sustained-1,sustained-16,batches,publish,latency,latency-half,"
            + "slow-20,slow-200,payload-20,payload-200,endpoints-1,endpoints-1000,idle";

    private static final int BATCH = 500;
    private static final int SUSTAINED_THREADS = 4;
    private static final int SUSTAINED_BATCH = 100;
    /** So much longer is idling looked at than latency, as it costs little. */
    private static final int IDLE_OVER_PACED = 3;

    private final int warmUp;
    private final int perRound;
    private final int rounds;
    private final int published;
    private final Duration paced;
    private final Results results = new Results("peers");
    /** Deliveries a second, sustained, of each system. */
    private final Map<String, List<Double>> capacities = new HashMap<>();

    /**
     * Tells how much is measured.
     *
     * @param warmUp how many deliveries each system makes before anything counts
     * @param perRound how many it makes in a round
     * @param published how many transactions publish in a round
     * @param paced how long latency is measured in a round
     */
    PeersScenario(int warmUp, int perRound, int rounds, int published, Duration paced) {
        this.warmUp = warmUp;
        this.perRound = perRound;
        this.rounds = rounds;
        this.published = published;
        this.paced = paced;
    }

    @Override
    public void run(boolean quick) throws Exception {
        if (quick) {
            new PeersScenario(1_000, 1_000, 2, 200, Duration.ofSeconds(2)).run(false);
            return;
        }
        var parts = Arrays.asList(
                System.getProperty("posthorn.benchmark.parts", PARTS).split(",", -1));
        try (var server = PostgresServer.start();
                var receiver = new ReceiverProcess();
                var peers = new Peers(server, receiver)) {
            results.about("PostgreSQL", server.ask("SHOW server_version"));
            results.about(
                    "durability",
                    "fsync %s, synchronous_commit %s"
                            .formatted(server.ask("SHOW fsync"), server.ask("SHOW synchronous_commit")));
            results.about(
                    "work",
                    "%,d deliveries a round after %,d of each system, 500 bytes to %d URLs, %d in flight"
                            .formatted(perRound, warmUp, Load.URLS, Load.IN_FLIGHT));
            results.about("receiver", ReceiverLimit.measure(receiver, warmUp));
            for (var contender : peers.all()) {
                warmUp(contender, receiver);
            }
            for (var part : parts) {
                boolean isIdle = part.equals("idle");
                if (isIdle) {
                    server.awaitVacuum();
                    idle("none of them", peers.all().get(0));
                }
                // Doing nothing is the same every time.
                for (int round = 0; round < (isIdle ? 1 : rounds); round++) {
                    // Each follows another one in each round, since some leave more behind than others.
                    var order = new ArrayList<>(peers.all());
                    Collections.rotate(order, round);
                    for (var contender : order) {
                        server.awaitVacuum();
                        run(part, contender, receiver);
                    }
                }
            }
            System.out.println();
            System.out.println(results.markdown());
        }
    }

    private void run(String part, Contender contender, ReceiverProcess receiver) throws Exception {
        switch (part) {
            case "drain" ->
                drain(
                        part,
                        "a backlog, from the first arrival to the last; costs from claim to record, and WAL with publishing in batches of 500",
                        contender,
                        receiver,
                        perRound);
            case "sustained" -> sustained(part, contender, receiver, SUSTAINED_THREADS, 1);
            case "sustained-1" -> sustained(part, contender, receiver, 1, 1);
            case "sustained-16" -> sustained(part, contender, receiver, 16, 1);
            case "batches" -> sustained(part, contender, receiver, SUSTAINED_THREADS, SUSTAINED_BATCH);
            case "publish" -> publish(contender, receiver);
            case "latency" -> latency(part, "100 events a second", contender, receiver, 100);
            case "latency-half" ->
                latency(part, "half as many events a second as each sustains with 4 threads", contender, receiver, (int)
                        (capacity(contender, receiver) / 2));
            case "slow-20" -> slow(part, contender, receiver, 20);
            case "slow-200" -> slow(part, contender, receiver, 200);
            case "payload-20" -> shaped(part, contender, receiver, new Load.Shape(20 * 1024, Load.URLS), 5_000);
            case "payload-200" -> shaped(part, contender, receiver, new Load.Shape(200 * 1024, Load.URLS), 1_000);
            case "endpoints-1" -> shaped(part, contender, receiver, new Load.Shape(500, 1), perRound);
            case "endpoints-1000" -> shaped(part, contender, receiver, new Load.Shape(500, Load.MOST_URLS), perRound);
            case "idle" -> {
                contender.start();
                idle(contender.name(), contender);
                contender.stop();
            }
            default -> throw new IllegalArgumentException("there is no part " + part + ", only " + PARTS);
        }
    }

    /** A backlog for endpoints that take their time, of as many as go to them in some seconds. */
    private void slow(String part, Contender contender, ReceiverProcess receiver, int millis) throws Exception {
        int perSecond = Load.IN_FLIGHT * 1_000 / millis;
        receiver.delay(Duration.ofMillis(millis));
        try {
            drain(
                    part,
                    "a backlog for endpoints that take %d ms for each: %,d a second are possible with %d in flight"
                            .formatted(millis, perSecond, Load.IN_FLIGHT),
                    contender,
                    receiver,
                    Math.min(perRound, 5 * perSecond));
        } finally {
            receiver.delay(Duration.ZERO);
        }
    }

    private void shaped(String part, Contender contender, ReceiverProcess receiver, Load.Shape shape, int most)
            throws Exception {
        Load.shape(shape);
        try {
            drain(
                    part,
                    "a backlog of %,d bytes each to %,d URLs".formatted(shape.payloadBytes(), shape.urls()),
                    contender,
                    receiver,
                    Math.min(perRound, most));
        } finally {
            Load.usual();
        }
    }

    /** What it sustains: the median of what was measured so far, which is measured first if need be. */
    private double capacity(Contender contender, ReceiverProcess receiver) throws Exception {
        if (!capacities.containsKey(contender.name())) {
            sustained("sustained", contender, receiver, SUSTAINED_THREADS, 1);
        }
        return Round.median(capacities.getOrDefault(contender.name(), List.of()).stream()
                .mapToDouble(Double::doubleValue)
                .toArray());
    }

    /** With statistics of tables in use, taken while something waits: those of empty ones would make other plans. */
    private void warmUp(Contender contender, ReceiverProcess receiver) throws Exception {
        long start = System.nanoTime();
        int done = 0;
        while (done < warmUp) {
            int count = Math.min(perRound, warmUp - done);
            receiver.reset();
            fill(contender, count);
            contender.server.execute("ANALYZE");
            contender.start();
            finish(contender, receiver, count);
            contender.stop();
            done += count;
        }
        System.out.printf(
                "%s: warmed up with %,d in %d s%n",
                contender.name(), done, (System.nanoTime() - start) / 1_000_000_000);
    }

    private static void fill(Contender contender, int count) throws Exception {
        int batch = Load.shape().batch(BATCH);
        for (int n = 0; n < count; n += batch) {
            contender.publish(n, Math.min(batch, count - n), System.nanoTime());
        }
    }

    /** Waits until all have arrived and have been recorded. */
    private static void finish(Contender contender, ReceiverProcess receiver, int count) throws SQLException {
        receiver.awaitCount(count);
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (contender.countWaiting() > 0) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException(contender.name() + ": " + contender.countWaiting() + " are left");
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    private void drain(String part, String title, Contender contender, ReceiverProcess receiver, int count)
            throws Exception {
        results.title(part, title);
        receiver.reset();
        var beforePublish = contender.server.counters(contender.pool);
        fill(contender, count);
        var published = contender.server.counters(contender.pool).minus(beforePublish);
        // What others have left is not cleared away at the expense of this one.
        contender.server.vacuum();
        var before = contender.server.counters(contender.pool);
        long allocated = Allocation.total();
        long switches = ContextSwitches.total();
        long cpu = cpuNanos();
        contender.start();
        finish(contender, receiver, count);
        long cpuAfter = cpuNanos();
        long allocatedAfter = Allocation.total();
        long switchesAfter = ContextSwitches.total();
        var after = contender.server.counters(contender.pool);
        contender.stop();
        var stats = receiver.stats();
        var figures = new LinkedHashMap<String, Double>();
        figures.put("deliveries/s", (count - 1) * 1e9 / (stats.lastAt() - stats.firstAt()));
        figures.put("sent twice", (double) stats.count() - count);
        costs(figures, after.minus(before), count);
        figures.put(
                "WAL bytes with publishing", after.minus(before).plus(published).walBytes() / (double) count);
        figures.put("CPU µs of the JVM", (cpuAfter - cpu) / 1e3 / count);
        figures.put("allocated KB", (allocatedAfter - allocated) / 1024.0 / count);
        figures.put("context switches", (switchesAfter - switches) / (double) count);
        results.add(part, contender.name(), figures);
    }

    private static void costs(Map<String, Double> figures, ServerCounters counters, int count) {
        figures.put("statements", counters.statements() / (double) count);
        figures.put("commits", counters.commits() / (double) count);
        figures.put("WAL bytes", counters.walBytes() / (double) count);
        figures.put("CPU µs of the database", counters.serverNanos() / 1e3 / count);
    }

    private void sustained(String part, Contender contender, ReceiverProcess receiver, int threads, int batch)
            throws Exception {
        results.title(
                part,
                threads + (threads == 1 ? " thread publishes, " : " threads publish, ") + batch
                        + " a transaction, and it is delivered meanwhile; from the first publish to the last arrival");
        int count = perRound / batch * batch;
        contender.start();
        receiver.reset();
        var before = contender.server.counters(contender.pool);
        long start = System.nanoTime();
        inParallel(threads, count / batch, n -> contender.publish(n * batch, batch, System.nanoTime()));
        finish(contender, receiver, count);
        var counters = contender.server.counters(contender.pool).minus(before);
        var stats = receiver.stats();
        contender.stop();
        var figures = new LinkedHashMap<String, Double>();
        double perSecond = count * 1e9 / (stats.lastAt() - start);
        if (part.equals("sustained")) {
            capacities
                    .computeIfAbsent(contender.name(), each -> new ArrayList<>())
                    .add(perSecond);
        }
        figures.put("deliveries/s", perSecond);
        costs(figures, counters, count);
        results.add(part, contender.name(), figures);
    }

    private void publish(Contender contender, ReceiverProcess receiver) throws Exception {
        results.title(
                "publish",
                "one event in each transaction of a host, which writes a row of its own; nothing is delivered meanwhile");
        var figures = new LinkedHashMap<String, Double>();
        for (int threads : List.of(1, 4, 16)) {
            receiver.reset();
            var before = contender.server.counters(contender.pool);
            long start = System.nanoTime();
            inParallel(threads, published, contender::publishWithOrder);
            figures.put("/s, " + threads + " threads", published * 1e9 / (System.nanoTime() - start));
            if (threads == 1) {
                var counters = contender.server.counters(contender.pool).minus(before);
                figures.put("statements", counters.statements() / (double) published);
                figures.put("commits", counters.commits() / (double) published);
                figures.put("WAL bytes", counters.walBytes() / (double) published);
            }
            contender.start();
            finish(contender, receiver, published);
            contender.stop();
        }
        results.add("publish", contender.name(), figures);
    }

    private void latency(String part, String rate, Contender contender, ReceiverProcess receiver, int perSecond)
            throws Exception {
        results.title(part, rate + ", each in a transaction, from the moment it was to be published to its arrival");
        receiver.reset();
        contender.start();
        int begun = Pace.run(perSecond, Duration.ofSeconds(1), (n, at) -> publishOne(contender, n, at));
        finish(contender, receiver, begun);
        receiver.reset();
        int count = Pace.run(perSecond, paced, (n, at) -> publishOne(contender, n, at));
        finish(contender, receiver, count);
        var stats = receiver.stats();
        contender.stop();
        var figures = new LinkedHashMap<String, Double>();
        figures.put("events/s", (double) perSecond);
        figures.put("p50 ms", stats.p50() / 1e3);
        figures.put("p99 ms", stats.p99() / 1e3);
        figures.put("max ms", stats.max() / 1e3);
        results.add(part, contender.name(), figures);
    }

    private static void publishOne(Contender contender, int n, long at) {
        try {
            contender.publish(n, 1, at);
        } catch (RuntimeException problem) {
            throw problem;
        } catch (Exception problem) {
            throw new IllegalStateException(problem);
        }
    }

    /** What goes on when nothing is to be done. This JVM and the server do a little by themselves: there is a row for that. */
    private void idle(String name, Contender contender) throws Exception {
        results.title(
                "idle",
                "started a while ago, with nothing to do; \"none of them\" is the same JVM and server by themselves");
        LockSupport.parkNanos(paced.toNanos());
        var before = contender.server.counters(contender.pool);
        long cpu = cpuNanos();
        long start = System.nanoTime();
        LockSupport.parkNanos(paced.multipliedBy(IDLE_OVER_PACED).toNanos());
        double seconds = (System.nanoTime() - start) / 1e9;
        long cpuAfter = cpuNanos();
        // To count, it asks each connection of the pool for what it has counted: that is not the system's.
        var counters = contender.server.counters(contender.pool).minus(before);
        var figures = new LinkedHashMap<String, Double>();
        figures.put("statements/s", counters.statements() / seconds);
        figures.put("% of a processor, JVM", (cpuAfter - cpu) / 1e7 / seconds);
        figures.put("% of a processor, database", counters.serverNanos() / 1e7 / seconds);
        results.add("idle", name, figures);
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private interface Numbered {
        void once(int n) throws Exception;
    }

    /** Does it so many times in all, on so many threads. */
    private static void inParallel(int threads, int count, Numbered work) throws Exception {
        var next = new AtomicInteger();
        var executor = Executors.newFixedThreadPool(threads);
        try {
            var all = new ArrayList<Callable<Boolean>>();
            for (int i = 0; i < threads; i++) {
                all.add(() -> {
                    for (int n; (n = next.getAndIncrement()) < count; ) {
                        work.once(n);
                    }
                    return true;
                });
            }
            for (var done : executor.invokeAll(all)) {
                done.get();
            }
        } finally {
            executor.shutdown();
        }
    }
}
