package dev.posthorn.benchmarks;

import dev.posthorn.benchmarks.StoreRound.Cost;
import dev.posthorn.benchmarks.StoreRound.Costs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Whether the PostgreSQL store stays as fast as its log fills: what a delivery costs beside an empty log, 1 million and 10
 * million deliveries kept, and 1 million that are due and may not be claimed. One after the other in each round, so that
 * whatever disturbs disturbs all. Then what reading lists and removing a day cost.
 */
final class ScaleScenario implements Scenario {
    private record Log(String name, int kept, int due) {}

    private static final int DAYS = 10;

    private static final List<Log> LOGS = List.of(
            new Log("empty", 0, 0),
            new Log("1 million kept", 1_000_000, 0),
            new Log("10 million kept", 10_000_000, 0),
            new Log("1 million due behind one", 0, 1_000_000));

    @Override
    public void run(boolean quick) throws Exception {
        int share = quick ? 1_000 : 1;
        int rounds = quick ? 3 : 9;
        int batches = quick ? 2 : 20;
        try (var server = PostgresServer.start();
                var pool = server.pool(2)) {
            var logs = new LinkedHashMap<String, KeptLog>();
            var loads = new LinkedHashMap<String, StoreRound>();
            for (var log : LOGS) {
                var schema = "scale_" + log.name.replace(' ', '_');
                var kept = KeptLog.of(server, pool, schema, DAYS, log.kept / share, log.due / share);
                logs.put(log.name, kept);
                Map<UUID, Integer> allowances =
                        log.due > 0 ? Map.of(kept.subscriptions().get(0), 0) : Map.of();
                loads.put(log.name, new StoreRound(server, pool, kept, allowances));
            }
            System.out.printf(
                    Locale.ROOT,
                    "%nPostgreSQL %s, %d rounds of %,d deliveries in batches of %d after two that are not counted%n",
                    server.ask("SHOW server_version"),
                    rounds,
                    batches * StoreRound.BATCH,
                    StoreRound.BATCH);
            var costs = new LinkedHashMap<String, List<Costs>>();
            for (int round = -2; round < rounds; round++) {
                for (var load : loads.entrySet()) {
                    var cost = load.getValue().run(batches);
                    if (round >= 0) {
                        costs.computeIfAbsent(load.getKey(), name -> new ArrayList<>())
                                .add(cost);
                    }
                }
            }
            report(costs, batches * StoreRound.BATCH);
            new ReadTimes(logs).run(quick ? 5 : 200);
            new DayRemoval(
                            server,
                            pool,
                            Objects.requireNonNull(logs.get("10 million kept")).schema(),
                            DAYS)
                    .run();
        }
    }

    private static void report(Map<String, List<Costs>> costs, int count) {
        var empty = costs.values().iterator().next();
        System.out.printf(
                "%n| µs of backend CPU a delivery | publish | claim | load | record | all | all, beside empty |%n"
                        + "|---|---|---|---|---|---|---|%n");
        costs.forEach((name, rounds) -> {
            var ratios = new double[rounds.size()];
            for (int i = 0; i < ratios.length; i++) {
                ratios[i] =
                        cpuMicros(rounds.get(i).all()) / cpuMicros(empty.get(i).all());
            }
            System.out.printf(
                    "| %s | %s | %s |%n",
                    name, operations(rounds, cost -> cpuMicros(cost) / count), Round.spread(ratios, "%.2f"));
        });
        System.out.printf(
                "%n| wall µs a delivery | publish | claim | load | record | all |%n|---|---|---|---|---|---|%n");
        costs.forEach((name, rounds) ->
                System.out.printf("| %s | %s |%n", name, operations(rounds, cost -> cost.nanos() / 1e3 / count)));
        System.out.printf(
                "%n| | statements a batch of %d | commits a batch | WAL bytes a delivery | server CPU µs a delivery |%n"
                        + "|---|---|---|---|---|%n",
                StoreRound.BATCH);
        double batches = count / (double) StoreRound.BATCH;
        costs.forEach((name, rounds) -> System.out.printf(
                "| %s | %s | %s | %s | %s |%n",
                name,
                spread(rounds, all -> all.counters().statements() / batches, "%.2f"),
                spread(rounds, all -> all.counters().commits() / batches, "%.2f"),
                spread(rounds, all -> all.counters().walBytes() / (double) count, "%,.0f"),
                spread(rounds, all -> all.counters().serverNanos() / 1e3 / count, "%.1f")));
    }

    private static double cpuMicros(Cost cost) {
        return cost.counters().backendNanos() / 1e3;
    }

    /** A figure of each operation, and of all. */
    private static String operations(List<Costs> rounds, ToDoubleFunction<Cost> figure) {
        return Stream.<Function<Costs, Cost>>of(Costs::publish, Costs::claim, Costs::load, Costs::record, Costs::all)
                .map(operation -> Round.spread(
                        rounds.stream()
                                .mapToDouble(each -> figure.applyAsDouble(operation.apply(each)))
                                .toArray(),
                        "%.1f"))
                .collect(Collectors.joining(" | "));
    }

    private static String spread(List<Costs> rounds, ToDoubleFunction<Cost> figure, String format) {
        return Round.spread(
                rounds.stream()
                        .mapToDouble(each -> figure.applyAsDouble(each.all()))
                        .toArray(),
                format);
    }
}
