package dev.posthorn.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Puts kept results into the docs: {@code docs/plots} gets the plots and the raw results as JSON, and {@code docs/performance.md} the
 * tables, between {@code <!-- peers -->} and {@code <!-- end of peers -->} for results of that name.
 */
final class Report {
    private Report() {}

    /** @param docs the folder of the documentation */
    static void write(Path docs) throws IOException {
        var page = docs.resolve("performance.md");
        var plots = Files.createDirectories(docs.resolve("plots"));
        try (var files = Files.list(Results.FOLDER)) {
            for (var file : files.filter(each -> each.toString().endsWith(".json"))
                    .sorted()
                    .toList()) {
                var name = file.getFileName().toString().replace(".json", "");
                var text = Files.readString(page);
                if (text.contains(begin(name))) {
                    var results = Results.read(name);
                    Files.writeString(page, replaced(text, name, results.markdown(linked(results, name, plots))));
                    Files.copy(file, plots.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                    System.out.println(name + ": " + page + " and " + plots);
                }
            }
        }
    }

    /** Writes the plots, and gives for each scenario what shows it on the page. */
    private static Map<String, String> linked(Results results, String name, Path plots) throws IOException {
        var links = new LinkedHashMap<String, String>();
        for (var plot : results.plots().entrySet()) {
            var file = name + "-" + plot.getKey() + ".svg";
            Files.writeString(plots.resolve(file), plot.getValue());
            links.put(plot.getKey(), "![" + plot.getKey() + "](plots/" + file + ")");
        }
        return links;
    }

    private static String begin(String name) {
        return "<!-- " + name + " -->";
    }

    private static String replaced(String text, String name, String content) {
        var end = "<!-- end of " + name + " -->";
        int from = text.indexOf(begin(name)) + begin(name).length();
        int to = text.indexOf(end, from);
        if (to < 0) {
            throw new IllegalStateException("there is no " + end);
        }
        return text.substring(0, from) + "\n" + content.strip() + "\n" + text.substring(to);
    }
}
