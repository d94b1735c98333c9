package dev.posthorn.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Figures of many rounds: kept as JSON, each as it was measured, and shown as tables of medians. Written anew after every round, so that a
 * run that is cut short has what it got.
 */
final class Results {
    /** What one round gave: for instance deliveries/s, p50. */
    record Round(String scenario, String system, Map<String, Double> figures) {}

    /** Where they are kept. */
    static final Path FOLDER = Path.of(System.getProperty("posthorn.benchmark.results", "benchmarks/target/results"));

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final Map<String, String> machine = new LinkedHashMap<>();
    private final Map<String, String> titles = new LinkedHashMap<>();
    private final List<Round> rounds = new ArrayList<>();

    private final String name;

    /** @param name of the files that it writes */
    Results(String name) {
        this.name = name;
        var os = ManagementFactory.getOperatingSystemMXBean();
        machine.put("began", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        machine.put("jdk", Runtime.version().toString());
        machine.put("processors", Integer.toString(os.getAvailableProcessors()));
        machine.put("load", String.format(Locale.ROOT, "%.1f", os.getSystemLoadAverage()));
        machine.put("heap", Runtime.getRuntime().maxMemory() / (1024 * 1024) + " MB");
    }

    /** What is in a file. */
    private record Kept(Map<String, String> machine, Map<String, String> scenarios, List<Round> rounds) {}

    /** Those that were written before. */
    static Results read(String name) throws IOException {
        var kept = JSON.readValue(Files.readString(FOLDER.resolve(name + ".json")), Kept.class);
        var results = new Results(name);
        results.machine.clear();
        results.machine.putAll(kept.machine);
        results.titles.putAll(kept.scenarios);
        results.rounds.addAll(kept.rounds);
        return results;
    }

    void about(String what, String value) {
        machine.put(what, value);
        System.out.println(what + ": " + value);
    }

    /** What a scenario is about, shown above its table. */
    void title(String scenario, String title) {
        titles.put(scenario, title);
        System.out.printf("%n%s: %s%n", scenario, title);
    }

    void add(String scenario, String system, Map<String, Double> figures) throws IOException {
        rounds.add(new Round(scenario, system, new LinkedHashMap<>(figures)));
        var shown = new ArrayList<String>();
        figures.forEach((figure, value) -> shown.add(figure + " " + number(value)));
        System.out.printf("%s, %s: %s%n", scenario, system, String.join(", ", shown));
        write();
    }

    private void write() throws IOException {
        Files.createDirectories(FOLDER);
        Files.writeString(FOLDER.resolve(name + ".json"), JSON.writeValueAsString(new Kept(machine, titles, rounds)));
        Files.writeString(FOLDER.resolve(name + ".md"), markdown());
        for (var plot : plots().entrySet()) {
            Files.writeString(FOLDER.resolve(name + "-" + plot.getKey() + ".svg"), plot.getValue());
        }
    }

    /** For each scenario its first figure as bars, or where there are latencies, the median one. */
    Map<String, String> plots() {
        var plots = new LinkedHashMap<String, String>();
        titles.forEach((scenario, title) -> {
            var figures = figures(scenario);
            if (!figures.isEmpty()) {
                var figure = figures.contains("p50 ms") ? "p50 ms" : figures.get(0);
                plots.put(scenario, BarPlot.svg(scenario, figure, bars(scenario, figure)));
            }
        });
        return plots;
    }

    private List<BarPlot.Bar> bars(String scenario, String figure) {
        var bars = new ArrayList<BarPlot.Bar>();
        for (var system : systems(scenario)) {
            var values = values(scenario, system, figure);
            if (values.length > 0) {
                bars.add(new BarPlot.Bar(system, values[values.length / 2], values[0], values[values.length - 1]));
            }
        }
        return bars;
    }

    private List<String> figures(String scenario) {
        return rounds.stream()
                .filter(round -> round.scenario.equals(scenario))
                .flatMap(round -> round.figures.keySet().stream())
                .distinct()
                .toList();
    }

    private List<String> systems(String scenario) {
        return rounds.stream()
                .filter(round -> round.scenario.equals(scenario))
                .map(Round::system)
                .distinct()
                .toList();
    }

    /** Of all its rounds, sorted. */
    private double[] values(String scenario, String system, String figure) {
        return rounds.stream()
                .filter(round -> round.scenario.equals(scenario)
                        && round.system.equals(system)
                        && round.figures.containsKey(figure))
                .mapToDouble(round -> round.figures.get(figure))
                .sorted()
                .toArray();
    }

    /** All tables, each figure as median (min–max) of its rounds. */
    String markdown() {
        return markdown(Map.of());
    }

    /** @param plots what stands below the table of a scenario */
    String markdown(Map<String, String> plots) {
        var text = new StringBuilder();
        machine.forEach(
                (what, value) -> text.append(what).append(" ").append(value).append("; "));
        text.append("median (min–max)\n");
        titles.forEach((scenario, title) -> {
            var figures = figures(scenario);
            if (figures.isEmpty()) {
                return;
            }
            text.append("\n**").append(scenario).append("**: ").append(title).append("\n\n| |");
            figures.forEach(figure -> text.append(" ").append(figure).append(" |"));
            text.append("\n|---|").append("---|".repeat(figures.size())).append("\n");
            for (var system : systems(scenario)) {
                text.append("| ").append(system).append(" |");
                figures.forEach(figure -> text.append(" ")
                        .append(cell(values(scenario, system, figure)))
                        .append(" |"));
                text.append("\n");
            }
            if (plots.containsKey(scenario)) {
                text.append("\n").append(plots.get(scenario)).append("\n");
            }
        });
        return text.toString();
    }

    private static String cell(double[] sorted) {
        if (sorted.length == 0) {
            return "–";
        }
        var median = number(sorted[sorted.length / 2]);
        return sorted.length == 1
                ? median
                : median + " (" + number(sorted[0]) + "–" + number(sorted[sorted.length - 1]) + ")";
    }

    static String number(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%,.0f" : value >= 10 ? "%.1f" : "%.3f", value);
    }
}
