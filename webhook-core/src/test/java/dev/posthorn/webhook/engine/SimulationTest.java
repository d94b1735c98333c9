package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The whole engine, whatever happens to it. */
class SimulationTest {
    private static final int SEEDS = 2_000;
    private static final int SEEDS_IN_FULL = 20_000;
    /** So many that every cell of the table has come up. */
    private static final int ENOUGH = 500;

    private static final int LINES_KEPT = 1_000_000;

    @Test
    void whateverHappensNothingIsLostAndEverythingEnds() {
        var given = Long.getLong("posthorn.test.seed");
        int count = given != null ? 1 : Boolean.getBoolean("posthorn.test.full") ? SEEDS_IN_FULL : SEEDS;
        long first = given != null ? given : ThreadLocalRandom.current().nextLong(1_000_000_000);
        System.out.println("SimulationTest: " + count + " from -Dposthorn.test.seed=" + first);
        var table = new OperationTable();
        // Each simulation is on one thread, and they know nothing of each other.
        LongStream.range(first, first + count).parallel().forEach(seed -> run(seed, table));
        if (count >= ENOUGH) {
            var tried = new TreeMap<>(table.tried());
            // It is asked only of what was pending a moment before, so the other columns come up by chance.
            assertThat(tried.remove("expire")).contains("waiting");
            assertThat(tried).isEqualTo(everything());
        }
    }

    private static void run(long seed, OperationTable table) {
        var simulation = new Simulation(seed);
        if (simulation.run() != null) {
            // Once more, now with everything written down.
            throw new AssertionError(
                    "with -Dposthorn.test.seed=" + seed + ": " + new Simulation(seed, LINES_KEPT).run());
        }
        synchronized (table) {
            table.add(simulation.table);
        }
    }

    /** Every row and column of the table in DeliveryStore's Javadoc. */
    private static Map<String, Set<String>> everything() {
        var all = Set.of("waiting", "leased", "SUCCEEDED", "FAILED", "CANCELLED");
        return Map.of(
                "record success", all,
                "record another, version as seen", Set.of("waiting", "leased"),
                "record another, version changed", all,
                "cancel", all,
                "retry", all);
    }

    @Test
    void aSeedGivesTheSameRunAgain() throws Exception {
        var hashes = hashes();
        assertThat(hashes()).isEqualTo(hashes);
        // In another JVM too, where identity hashes and the order of immutable sets are others.
        var other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        SimulationTest.class.getName())
                .redirectErrorStream(true)
                .start();
        assertThat(new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip())
                .isEqualTo(hashes);
    }

    /** Prints what {@link #aSeedGivesTheSameRunAgain} compares. */
    public static void main(String[] none) {
        System.out.println(hashes());
    }

    private static String hashes() {
        return LongStream.rangeClosed(1, 20)
                .mapToObj(SimulationTest::hash)
                .toList()
                .toString();
    }

    private static String hash(long seed) {
        var simulation = new Simulation(seed);
        return simulation.run() + " " + simulation.trace.hash();
    }
}
