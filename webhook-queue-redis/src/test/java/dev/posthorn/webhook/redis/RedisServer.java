package dev.posthorn.webhook.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * A real server in a process of its own, without persistence, that can be killed and started again on its port. It is the
 * binary named by {@code WEBHOOK_TEST_REDIS_SERVER}, a system property or an environment variable, which may be Valkey's; else
 * the one that comes in a jar.
 */
final class RedisServer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final int port;
    private final Path directory;
    private final List<String> role;
    private final List<String> options;
    private Process process;

    private RedisServer(int port, List<String> role, List<String> options) {
        this.port = port;
        this.role = role;
        this.options = options;
        try {
            directory = Files.createTempDirectory("posthorn-redis");
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
        // A test that is cut off leaves no server behind.
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
        restart();
    }

    /** @param options as on the server's command line */
    static RedisServer start(String... options) {
        return new RedisServer(freePort(), List.of("--save", "", "--appendonly", "no"), List.of(options));
    }

    /** One that watches others, as this file says. */
    static RedisServer startSentinel(Path configuration) {
        return new RedisServer(freePort(), List.of(configuration.toString(), "--sentinel"), List.of());
    }

    /** Whether it was built with TLS: else it does not know the option. */
    static boolean canTls() {
        try {
            var process = new ProcessBuilder(executable(), "--tls-port", "none")
                    .redirectErrorStream(true)
                    .start();
            var told = new String(process.getInputStream().readAllBytes(), UTF_8);
            return !told.contains("Bad directive");
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /** None of those that systems give to connections, or one could have it while a server is away. */
    static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(12_000, 32_000);
            try (var socket = new ServerSocket(port)) {
                return socket.getLocalPort();
            } catch (IOException taken) {
                // Another one.
            }
        }
    }

    int port() {
        return port;
    }

    /** The value given for an option. */
    String option(String name) {
        return options.get(options.indexOf(name) + 1);
    }

    String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** Runs a command as its administrator. */
    Object command(String name, String... arguments) {
        try (var redis = new Jedis("127.0.0.1", port)) {
            return redis.sendCommand(() -> name.getBytes(UTF_8), arguments);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** {@code kill -9}. */
    void kill() {
        process.destroyForcibly();
        try {
            process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    /** Starts it with what the options have kept, which mostly is nothing. */
    void restart() {
        begin();
        Awaitility.await().atMost(PATIENCE).until(this::answers);
    }

    /** Starts it, and does not wait until it answers. */
    void begin(String... more) {
        var command = new ArrayList<>(List.of(executable()));
        command.addAll(role);
        command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1", "--dir", directory.toString()));
        command.addAll(options);
        command.addAll(List.of(more));
        try {
            process = new ProcessBuilder(command)
                    .redirectOutput(log().toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private boolean answers() {
        if (!process.isAlive()) {
            throw new IllegalStateException("the server ended: " + options + "\n" + told());
        }
        try (var redis = new Jedis("127.0.0.1", port)) {
            return redis.ping() != null;
        } catch (JedisException notYet) {
            // Asked for a password, it answers.
            return String.valueOf(notYet.getMessage()).startsWith("NOAUTH");
        }
    }

    private Path log() {
        return directory.resolve("log");
    }

    private String told() {
        try {
            return Files.readString(log());
        } catch (IOException problem) {
            return problem.toString();
        }
    }

    private static String executable() {
        return Executable.PATH;
    }

    /** The server's binary, taken out of its jar once. */
    private static final class Executable {
        static final String PATH = find();

        private static String find() {
            var property = System.getProperty("WEBHOOK_TEST_REDIS_SERVER");
            var given = property != null ? property : System.getenv("WEBHOOK_TEST_REDIS_SERVER");
            return given != null ? given : unpack();
        }

        private static String unpack() {
            var os = System.getProperty("os.name").startsWith("Mac") ? "darwin" : "linux";
            var arch = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
            var name = "redis-server-7.0.15-" + os + "-" + arch;
            try (var binary = Executable.class.getResourceAsStream("/" + name)) {
                if (binary == null) {
                    throw new IllegalStateException("no Redis for " + os + " on " + arch);
                }
                var file = Files.createTempFile("posthorn-redis-server", "");
                Files.write(file, binary.readAllBytes());
                if (!file.toFile().setExecutable(true)) {
                    throw new IllegalStateException(file + " cannot be made executable");
                }
                file.toFile().deleteOnExit();
                return file.toString();
            } catch (IOException problem) {
                throw new UncheckedIOException(problem);
            }
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            try (var files = Files.walk(directory)) {
                files.sorted(java.util.Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        } catch (IOException alreadyGone) {
            // Nothing depends on it.
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return url() + " " + Arrays.toString(options.toArray());
    }
}
