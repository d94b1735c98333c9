package dev.posthorn.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/**
 * The standalone server in a process of its own, as its image runs it: from the jar's layers, with the options of the
 * Dockerfile's entry point, and told that the machine has 512 MB.
 */
final class StandaloneServer implements AutoCloseable {
    /** What every request is made with. */
    static final String KEY = "a-key-of-the-benchmark";

    private static final String READY = "Posthorn listens on ";
    private static final Pattern HEAP =
            Pattern.compile("^jvm_memory_(used|max)_bytes\\{area=\"heap\"[^}]*} (\\S+)$", Pattern.MULTILINE);
    private static final double MEGABYTE = 1024 * 1024;

    private final HttpClient client = HttpClient.newHttpClient();
    private final Path layers;
    private final Process process;
    private final String url;

    private StandaloneServer(Path layers, Process process, String url) {
        this.layers = layers;
        this.process = process;
        this.url = url;
    }

    /** Megabytes; those of the process are 0 where the system does not tell. */
    record Memory(double resident, double mostResident, double heapUsed, double heapMost) {}

    /** @param databaseUrl of PostgreSQL, as {@code DATABASE_URL} takes it */
    static StandaloneServer start(String databaseUrl) throws IOException, InterruptedException {
        var folder = Path.of(System.getProperty("posthorn.benchmark.server", "examples/standalone-server"));
        var java = System.getProperty("java.home") + "/bin/java";
        var layers = Files.createTempDirectory("posthorn-layers");
        var extracting = new ProcessBuilder(
                        java,
                        "-Djarmode=tools",
                        "-jar",
                        folder.resolve("target/standalone-server.jar").toString(),
                        "extract",
                        "--launcher",
                        "--force",
                        "--destination",
                        layers.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (extracting.waitFor() != 0) {
            throw new IOException("the server's jar cannot be unpacked: ./mvnw -pl examples/standalone-server -am"
                    + " -Dmaven.test.skip=true package makes it");
        }
        var command = command(java, folder.resolve("Dockerfile"), layers);
        System.out.println(String.join(" ", command));
        var starting = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        starting.environment()
                .putAll(Map.of(
                        "API_PORT", "0",
                        "API_KEYS", KEY,
                        "ALLOWED_NETWORKS", "127.0.0.0/8",
                        "DATABASE_URL", databaseUrl,
                        "ENCRYPTION_KEYS", "in-the-clear"));
        var process = starting.start();
        var out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (var line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith(READY)) {
                read(out);
                return new StandaloneServer(layers, process, line.substring(READY.length()));
            }
            System.out.println(line);
        }
        throw new IOException("the server did not start");
    }

    /** Takes what the image's entry point is, and adds what a container would say of memory, and where the layers are. */
    private static List<String> command(String java, Path dockerfile, Path layers) throws IOException {
        var entryPoint = Files.readAllLines(dockerfile).stream()
                .filter(line -> line.startsWith("ENTRYPOINT "))
                .findFirst()
                .orElseThrow();
        var words = Arrays.asList(JsonMapper.shared().readValue(entryPoint.substring(11), String[].class));
        var command = new ArrayList<>(List.of(java, "-XX:MaxRAM=512m"));
        command.addAll(words.subList(1, words.size() - 1));
        command.addAll(List.of("-cp", layers.toString(), words.get(words.size() - 1)));
        return command;
    }

    /** What it prints must be read, or it would wait until it is. */
    private static void read(BufferedReader out) {
        var thread = new Thread(() -> out.lines().forEach(System.out::println), "server-output");
        thread.setDaemon(true);
        thread.start();
    }

    String url(String path) {
        return url + path;
    }

    /** Makes a subscription, and tells its id. */
    String subscribe(String targetUrl, String type) {
        var json = "{\"target_url\": \"" + targetUrl + "\", \"event_types\": [\"" + type + "\"]}";
        var request = HttpRequest.newBuilder(URI.create(url("/subscriptions")))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json));
        return JsonMapper.shared().readTree(ask(request)).get("id").stringValue();
    }

    Memory memory() throws IOException {
        double used = 0;
        double most = 0;
        var figures = HEAP.matcher(ask(HttpRequest.newBuilder(URI.create(url("/metrics")))));
        while (figures.find()) {
            double bytes = Double.parseDouble(figures.group(2));
            if (figures.group(1).equals("used")) {
                used += bytes;
            } else if (bytes > 0) {
                most += bytes;
            }
        }
        return new Memory(status("VmRSS"), status("VmHWM"), used / MEGABYTE, most / MEGABYTE);
    }

    private double status(String field) throws IOException {
        var file = Path.of("/proc/" + process.pid() + "/status");
        if (!Files.exists(file)) {
            return 0;
        }
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith(field + ":"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElse(0);
    }

    private String ask(HttpRequest.Builder request) {
        try {
            var response = client.send(
                    request.header("Authorization", "Bearer " + KEY).build(), HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() >= 300) {
                throw new IllegalStateException(response.statusCode() + ": " + response.body());
            }
            return response.body();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        process.toHandle().destroy();
        try {
            if (!process.waitFor(40, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
        try (var files = Files.walk(layers)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
