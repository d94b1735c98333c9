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

    private final Path folder = Path.of(System.getProperty("posthorn.benchmark.results", "benchmarks/target/results"));
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
        Files.createDirectories(folder);
        var all = new LinkedHashMap<String, Object>();
        all.put("machine", machine);
        all.put("scenarios", titles);
        all.put("rounds", rounds);
        var json =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        Files.writeString(folder.resolve(name + ".json"), json.writeValueAsString(all));
        Files.writeString(folder.resolve(name + ".md"), markdown());
    }

    /** All tables, each figure as median (min–max) of its rounds. */
    String markdown() {
        var text = new StringBuilder();
        machine.forEach(
                (what, value) -> text.append(what).append(" ").append(value).append("; "));
        text.append("median (min–max)\n");
        for (var scenario : titles.entrySet()) {
            var ofScenario = rounds.stream()
                    .filter(round -> round.scenario.equals(scenario.getKey()))
                    .toList();
            if (ofScenario.isEmpty()) {
                continue;
            }
            var figures = ofScenario.stream()
                    .flatMap(round -> round.figures.keySet().stream())
                    .distinct()
                    .toList();
            text.append("\n**")
                    .append(scenario.getKey())
                    .append("**: ")
                    .append(scenario.getValue())
                    .append("\n\n| |");
            figures.forEach(figure -> text.append(" ").append(figure).append(" |"));
            text.append("\n|---|").append("---|".repeat(figures.size())).append("\n");
            for (var system : ofScenario.stream().map(Round::system).distinct().toList()) {
                text.append("| ").append(system).append(" |");
                for (var figure : figures) {
                    var values = ofScenario.stream()
                            .filter(round -> round.system.equals(system) && round.figures.containsKey(figure))
                            .mapToDouble(round -> round.figures.get(figure))
                            .sorted()
                            .toArray();
                    text.append(" ").append(cell(values)).append(" |");
                }
                text.append("\n");
            }
        }
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

    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%,.0f" : value >= 10 ? "%.1f" : "%.3f", value);
    }
}
