package dev.posthorn.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;

/** A {@link CountingReceiver} in a process of its own. */
final class ReceiverProcess implements AutoCloseable {
    private final Process process;
    private final int port;
    private final HttpClient client = HttpClient.newHttpClient();

    /**
     * What has arrived since the last reset; latencies in microseconds, and when the first and the last came, in
     * {@link System#nanoTime()}.
     */
    record Stats(int count, long p50, long p99, long max, long firstAt, long lastAt) {}

    ReceiverProcess() throws IOException {
        process = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CountingReceiver.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        port = Integer.parseInt(Objects.requireNonNull(out.readLine(), "the receiver did not start"));
    }

    String url(String path) {
        return "http://127.0.0.1:" + port + path;
    }

    Stats stats() {
        var parts = get("/stats").split(" ", -1);
        return new Stats(
                Integer.parseInt(parts[0]),
                Long.parseLong(parts[1]),
                Long.parseLong(parts[2]),
                Long.parseLong(parts[3]),
                Long.parseLong(parts[4]),
                Long.parseLong(parts[5]));
    }

    void reset() {
        get("/reset");
    }

    /** Waits until so many have arrived since the last reset. */
    void awaitCount(int expected) {
        // It answers when that is so, or after two minutes.
        int count = Integer.parseInt(get("/await/" + expected));
        if (count < expected) {
            throw new IllegalStateException(count + " of " + expected + " arrived");
        }
    }

    /** Has it wait before each answer. */
    void delay(Duration delay) {
        get("/delay/" + delay.toMillis());
    }

    /** Its processor time so far. */
    long cpuNanos() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
    }

    int port() {
        return port;
    }

    private String get(String path) {
        try {
            return client.send(
                            HttpRequest.newBuilder(URI.create(url(path))).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
