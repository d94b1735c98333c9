package dev.posthorn.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** What one round of deliveries took, counted at the receiver, and how rounds are told. */
record Round(double perSecond, double cpuMicros, double allocatedKb, double switches) {

    /** What is measured. */
    interface Work {
        void send(int count) throws Exception;
    }

    static Round measure(ReceiverProcess receiver, int count, Work work) throws Exception {
        System.gc();
        receiver.reset();
        long allocated = Allocation.total();
        long switches = ContextSwitches.total();
        long cpu = processCpuNanos();
        long start = System.nanoTime();
        work.send(count);
        receiver.awaitCount(count);
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Round(
                count / seconds,
                (processCpuNanos() - cpu) / 1e3 / count,
                (Allocation.total() - allocated) / 1024.0 / count,
                (ContextSwitches.total() - switches) / (double) count);
    }

    static void header(int rounds, int perRound, int warmUp) {
        var os = ManagementFactory.getOperatingSystemMXBean();
        System.out.printf(
                Locale.ROOT,
                "%nJDK %s, %d processors, load %.1f; %d rounds of %,d after %,d each; %d in flight; median (min–max)%n%n",
                Runtime.version(),
                os.getAvailableProcessors(),
                os.getSystemLoadAverage(),
                rounds,
                perRound,
                warmUp,
                Load.IN_FLIGHT);
        System.out.println("| | deliveries/s | CPU µs each | allocated KB each | waits of threads each |");
        System.out.println("|---|---|---|---|---|");
    }

    static void row(String name, List<Round> rounds) {
        System.out.printf(
                "| %s | %s | %s | %s | %s |%n",
                name,
                spread(values(rounds, Round::perSecond), "%,.0f"),
                spread(values(rounds, Round::cpuMicros), "%.0f"),
                spread(values(rounds, Round::allocatedKb), "%.1f"),
                spread(values(rounds, Round::switches), "%.2f"));
    }

    static double median(double[] values) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** The median, and the least and the greatest. */
    static String spread(double[] values, String format) {
        Arrays.sort(values);
        return String.format(Locale.ROOT, format, values[values.length / 2])
                + " (" + String.format(Locale.ROOT, format, values[0])
                + "–" + String.format(Locale.ROOT, format, values[values.length - 1]) + ")";
    }

    private static double[] values(List<Round> rounds, ToDoubleFunction<Round> figure) {
        return rounds.stream().mapToDouble(figure).toArray();
    }

    private static long processCpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
