package dev.posthorn.examples.server;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/** A real Redis in a process of its own, without persistence. */
final class RedisProcess implements AutoCloseable {
    private final int port;
    private final Path executable;
    private final Process process;

    private RedisProcess(int port, Path executable, Process process) {
        this.port = port;
        this.executable = executable;
        this.process = process;
    }

    static RedisProcess start() throws IOException {
        var os = System.getProperty("os.name").startsWith("Mac") ? "darwin" : "linux";
        var arch = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
        var executable = Files.createTempFile("posthorn-redis-server", "");
        try (var binary = RedisProcess.class.getResourceAsStream("/redis-server-7.0.15-" + os + "-" + arch)) {
            Files.write(executable, Objects.requireNonNull(binary).readAllBytes());
        }
        if (!executable.toFile().setExecutable(true)) {
            throw new IOException(executable + " cannot be made executable");
        }
        int port;
        try (var free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        var process = new ProcessBuilder(
                        executable.toString(), "--port", "" + port, "--bind", "127.0.0.1", "--save", "")
                .directory(Path.of(System.getProperty("java.io.tmpdir")).toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        var redis = new RedisProcess(port, executable, process);
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(redis::answers);
        return redis;
    }

    private boolean answers() {
        try (var redis = new Jedis("127.0.0.1", port)) {
            return redis.ping() != null;
        } catch (JedisException notYet) {
            return false;
        }
    }

    String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** How many keys there are. */
    long keys() {
        try (var redis = new Jedis("127.0.0.1", port)) {
            return redis.dbSize();
        }
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        try {
            process.waitFor(30, TimeUnit.SECONDS);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
        Files.deleteIfExists(executable);
    }
}
