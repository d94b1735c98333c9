package dev.posthorn.benchmarks;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** What the database alone allows: the floor's claims, loads and records, and nothing sent. */
final class SqlScenario implements Scenario {
    private static final String PART = "sql";
    private static final int BATCH = 500;

    private final Results results = new Results(PART);

    @Override
    public void run(boolean quick) throws Exception {
        int perRound = quick ? 1_000 : 20_000;
        int warmUp = quick ? 1 : 5;
        int rounds = quick ? 2 : 7;
        try (var server = PostgresServer.start();
                var floor = FloorContender.sendingNothing(server)) {
            results.about("PostgreSQL", server.ask("SHOW server_version"));
            results.title(
                    PART,
                    "a backlog of %,d by SQL alone, after %,d; from the first claim to the last record"
                            .formatted(perRound, warmUp * perRound));
            for (int round = -warmUp; round < rounds; round++) {
                var figures = once(server, floor, perRound);
                if (round >= 0) {
                    results.add(PART, floor.name(), figures);
                }
            }
            System.out.println(results.markdown());
        }
    }

    private static Map<String, Double> once(PostgresServer server, FloorContender floor, int count) throws Exception {
        for (int n = 0; n < count; n += BATCH) {
            floor.publish(n, Math.min(BATCH, count - n), System.nanoTime());
        }
        server.vacuum();
        var before = server.counters(floor.pool);
        long start = System.nanoTime();
        floor.start();
        while (floor.countWaiting() > 0) {
            LockSupport.parkNanos(5_000_000);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        var counters = server.counters(floor.pool).minus(before);
        floor.stop();
        var figures = new LinkedHashMap<String, Double>();
        figures.put("deliveries/s", count / seconds);
        figures.put("commits", counters.commits() / (double) count);
        figures.put("WAL bytes", counters.walBytes() / (double) count);
        figures.put("CPU µs of the database", counters.serverNanos() / 1e3 / count);
        return figures;
    }
}
