package dev.posthorn.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The server in a process of its own. */
final class ServerProcess implements AutoCloseable {
    private static final String READY = "Posthorn listens on ";

    private final Process process;
    private final BufferedReader output;

    private ServerProcess(Process process) {
        this.process = process;
        this.output = process.inputReader(UTF_8);
    }

    static ServerProcess start(Map<String, String> environment) throws IOException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var builder = new ProcessBuilder(List.of(
                        java,
                        // It runs for seconds, beside others.
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        StandaloneServer.class.getName()))
                .redirectErrorStream(true);
        builder.environment().putAll(environment);
        return new ServerProcess(builder.start());
    }

    /** Reads what it prints until it says where it listens. */
    Api awaitReady() throws IOException {
        var printed = new StringBuilder();
        for (var line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith(READY)) {
                return new Api(line.substring(READY.length()));
            }
            printed.append(line).append('\n');
        }
        throw new AssertionError("it ended:\n" + printed);
    }

    /** Sends it SIGTERM. By its handle, because {@link Process#destroy()} would also close what it prints to. */
    void terminate() {
        process.toHandle().destroy();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits until it has ended, and returns everything it printed that was not read yet. */
    String awaitEnd() throws IOException {
        return String.join("\n", output.lines().toList());
    }

    int exitCode() throws InterruptedException {
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            throw new AssertionError("it still runs");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
