package dev.posthorn.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How often the living threads of this JVM have given up a processor to wait, as Linux counts it; 0 elsewhere. */
final class ContextSwitches {
    private static final Path TASKS = Path.of("/proc/self/task");
    private static final String FIELD = "voluntary_ctxt_switches:";

    private ContextSwitches() {}

    static long total() {
        if (!Files.isDirectory(TASKS)) {
            return 0;
        }
        try (var tasks = Files.list(TASKS)) {
            return tasks.map(task -> task.resolve("status"))
                    .flatMap(status -> lines(status).stream())
                    .filter(line -> line.startsWith(FIELD))
                    .mapToLong(line ->
                            Long.parseLong(line.substring(FIELD.length()).strip()))
                    .sum();
        } catch (IOException problem) {
            throw new IllegalStateException(problem);
        }
    }

    private static List<String> lines(Path status) {
        try {
            return Files.readAllLines(status);
        } catch (IOException ended) {
            return List.of();
        }
    }
}
