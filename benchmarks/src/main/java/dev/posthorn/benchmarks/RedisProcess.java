package dev.posthorn.benchmarks;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** A Redis of the benchmark's own, without persistence, whose commands are counted. */
final class RedisProcess implements AutoCloseable {
    private final int port;
    private final Process process;
    private final Path binary;

    private RedisProcess(int port, Process process, Path binary) {
        this.port = port;
        this.process = process;
        this.binary = binary;
    }

    static RedisProcess start() throws IOException, InterruptedException {
        var arch = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
        var os = System.getProperty("os.name").startsWith("Mac") ? "darwin" : "linux";
        var binary = Files.createTempFile("posthorn-redis-server", "");
        try (var resource = RedisProcess.class.getResourceAsStream("/redis-server-7.0.15-" + os + "-" + arch)) {
            Files.write(binary, Objects.requireNonNull(resource).readAllBytes());
        }
        if (!binary.toFile().setExecutable(true)) {
            throw new IOException(binary + " cannot be made executable");
        }
        int port;
        try (var free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        var process = new ProcessBuilder(List.of(
                        binary.toString(), "--port", Integer.toString(port), "--bind", "127.0.0.1", "--save", ""))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        var server = new RedisProcess(port, process, binary);
        for (int tries = 0; !server.answers(); tries++) {
            if (tries == 500) {
                throw new IOException("Redis does not answer");
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
        return server;
    }

    private boolean answers() {
        try (var redis = new Jedis("127.0.0.1", port)) {
            return redis.ping() != null;
        } catch (JedisConnectionException notYet) {
            return false;
        }
    }

    RedisClient client() {
        return RedisClient.create("127.0.0.1", port);
    }

    /** What it has done so far. */
    Counters counters() {
        try (var redis = new Jedis("127.0.0.1", port)) {
            long commands = redis.info("commandstats")
                    .lines()
                    .filter(line -> line.startsWith("cmdstat_eval") || line.startsWith("cmdstat_blpop"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^:]*:calls=(\\d+),.*", "$1")))
                    .sum();
            double seconds = redis.info("cpu")
                    .lines()
                    .filter(line -> line.startsWith("used_cpu_user:") || line.startsWith("used_cpu_sys:"))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(':') + 1)))
                    .sum();
            return new Counters(commands, seconds);
        }
    }

    /**
     * @param commands that clients sent, without those that scripts ran
     * @param cpuSeconds its processor time
     */
    record Counters(long commands, double cpuSeconds) {
        Counters minus(Counters before) {
            return new Counters(commands - before.commands, cpuSeconds - before.cpuSeconds);
        }
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Files.deleteIfExists(binary);
    }
}
