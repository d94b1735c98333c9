package dev.posthorn.benchmarks;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The times from publish to arrival at healthy endpoints, in rounds that are quiet and loaded in turn, and their table. */
final class QuietAndLoaded {
    private final List<Side> quiet = new ArrayList<>();
    private final List<Side> loaded = new ArrayList<>();

    /**
     * What came of one side of a round.
     *
     * @param arrivals at the healthy endpoints
     * @param claims how many there were
     * @param medianClaim what one took in milliseconds
     * @param worstClaim what the longest took in milliseconds
     */
    record Side(ReceiverProcess.Stats arrivals, int claims, double medianClaim, double worstClaim) {
        /** @param claims how long each took in milliseconds, from the shortest to the longest */
        static Side of(ReceiverProcess.Stats arrivals, double[] claims) {
            int count = claims.length;
            return new Side(arrivals, count, count == 0 ? 0 : claims[count / 2], count == 0 ? 0 : claims[count - 1]);
        }
    }

    void add(Side quietSide, Side loadedSide) {
        quiet.add(quietSide);
        loaded.add(loadedSide);
        System.out.printf(
                Locale.ROOT,
                "round %d: quiet p50 %.2f, p99 %.2f, max %.1f ms, %d claims, the longest %.1f ms; loaded p50 %.2f, p99 %.2f,"
                        + " max %.1f ms, %d claims, the longest %.1f ms; %d ms of GC so far%n",
                quiet.size(),
                quietSide.arrivals.p50() / 1e3,
                quietSide.arrivals.p99() / 1e3,
                quietSide.arrivals.max() / 1e3,
                quietSide.claims,
                quietSide.worstClaim,
                loadedSide.arrivals.p50() / 1e3,
                loadedSide.arrivals.p99() / 1e3,
                loadedSide.arrivals.max() / 1e3,
                loadedSide.claims,
                loadedSide.worstClaim,
                ManagementFactory.getGarbageCollectorMXBeans().stream()
                        .mapToLong(GarbageCollectorMXBean::getCollectionTime)
                        .sum());
    }

    static void header(PostgresServer server, String what) throws Exception {
        System.out.printf(
                Locale.ROOT,
                "%nJDK %s, %d processors, PostgreSQL %s; %s; median (min–max)%n%n",
                Runtime.version(),
                ManagementFactory.getOperatingSystemMXBean().getAvailableProcessors(),
                server.ask("SHOW server_version"),
                what);
    }

    void report() {
        System.out.println("| | p50 ms | p99 ms | max ms | claims a round | median claim ms | longest claim ms |");
        System.out.println("|---|---|---|---|---|---|---|");
        row("quiet", quiet);
        row("loaded", loaded);
        var ratios = new double[quiet.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = (double) loaded.get(i).arrivals.p99()
                    / quiet.get(i).arrivals.p99();
        }
        System.out.printf("%nloaded p99 over the quiet one, round by round: %s%n", Round.spread(ratios, "%.2f"));
    }

    private static void row(String name, List<Side> sides) {
        System.out.printf(
                "| %s | %s | %s | %s | %s | %s | %s |%n",
                name,
                spread(sides, side -> side.arrivals.p50() / 1e3, "%.2f"),
                spread(sides, side -> side.arrivals.p99() / 1e3, "%.2f"),
                spread(sides, side -> side.arrivals.max() / 1e3, "%.1f"),
                spread(sides, side -> side.claims, "%.0f"),
                spread(sides, Side::medianClaim, "%.2f"),
                spread(sides, Side::worstClaim, "%.1f"));
    }

    private static String spread(List<Side> sides, ToDoubleFunction<Side> figure, String format) {
        return Round.spread(sides.stream().mapToDouble(figure).toArray(), format);
    }
}
