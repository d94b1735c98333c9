package dev.posthorn.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.transport.TargetUrl;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
    @Test
    void anEmptyEnvironmentMeansDefaults() {
        for (var environment :
                List.of(Map.<String, String>of(), Map.of("API_HOST", "", "API_PORT", " ", "RETRY_SCHEDULE", ""))) {
            var settings = Settings.from(environment);

            assertThat(settings.host().getHostAddress()).isEqualTo("127.0.0.1");
            assertThat(settings.port()).isEqualTo(8000);
            assertThat(settings.role()).isEqualTo(Settings.Role.ALL);
            assertThat(settings.keys().isOpen()).isTrue();
            assertThat(settings.corsOrigins()).isEmpty();
            assertThat(settings.rateLimit()).isNull();
            assertThat(settings.trustedProxies().all()).isEmpty();
            assertThat(settings.database()).isNull();
            assertThat(settings.redis()).isNull();
            assertThat(settings.secrets()).isNull();
            assertThat(settings.retry()).isEqualTo(RetryPolicy.standard());
            assertThat(settings.logLevel()).isEqualTo("INFO");
            assertThat(settings.retention()).isEqualTo(Duration.ofDays(3));
            assertThat(settings.maxPendingPerSubscription()).isNull();
            assertThat(settings.maxPendingPerTenant()).isNull();
            assertThat(refuses(settings, "http://127.0.0.1/")).isTrue();
        }
    }

    @Test
    void everythingCanBeSet() throws Exception {
        var settings = Settings.from(Map.ofEntries(
                Map.entry("ROLE", "api"),
                Map.entry("API_HOST", "0.0.0.0"),
                Map.entry("API_PORT", "0"),
                Map.entry("API_KEYS", "a-key-for-everything, blue:a-key-for-blue-only"),
                Map.entry("CORS_ORIGINS", "https://admin.example, http://localhost:3000"),
                Map.entry("RATE_LIMIT_PER_MINUTE", "600"),
                Map.entry("TRUSTED_PROXIES", "10.0.0.0/8, fd00::1"),
                Map.entry("DATABASE_URL", "postgresql://me@db.example/shop"),
                Map.entry("REDIS_URL", "rediss://me:secret@redis.example:6380/1"),
                Map.entry("ENCRYPTION_KEYS", "main:" + "A".repeat(43) + "="),
                Map.entry("RETRY_SCHEDULE", "10ms, 1s,5m,2h,1d"),
                Map.entry("LOG_LEVEL", "debug"),
                Map.entry("LOG_RETENTION_HOURS", "36"),
                Map.entry("MAX_PENDING_PER_SUBSCRIPTION", "1000"),
                Map.entry("MAX_PENDING_PER_TENANT", "5000"),
                Map.entry("ALLOWED_NETWORKS", "127.0.0.0/8, 10.1.2.3")));

        assertThat(settings.role()).isEqualTo(Settings.Role.API);
        assertThat(settings.keys().isOpen()).isFalse();
        assertThat(settings.keys()).hasToString("2 keys");
        assertThat(settings.corsOrigins()).containsExactly("https://admin.example", "http://localhost:3000");
        assertThat(settings.rateLimit()).isEqualTo(600);
        assertThat(settings.trustedProxies().contains(InetAddress.getByName("10.200.0.1")))
                .isTrue();
        assertThat(settings.trustedProxies().contains(InetAddress.getByName("11.0.0.1")))
                .isFalse();
        assertThat(settings.trustedProxies().contains(InetAddress.getByName("fd00::1")))
                .isTrue();
        assertThat(settings.trustedProxies().contains(InetAddress.getByName("fd00::2")))
                .isFalse();
        assertThat(settings.database().jdbcUrl()).isEqualTo("jdbc:postgresql://db.example/shop");
        assertThat(settings.redis()).hasHost("redis.example").hasPort(6380);
        assertThat(settings.secrets()).isNotNull();
        assertThat(settings.host().isAnyLocalAddress()).isTrue();
        assertThat(settings.port()).isZero();
        assertThat(settings.retry().delays())
                .containsExactly(
                        Duration.ofMillis(10),
                        Duration.ofSeconds(1),
                        Duration.ofMinutes(5),
                        Duration.ofHours(2),
                        Duration.ofDays(1));
        assertThat(settings.logLevel()).isEqualTo("DEBUG");
        assertThat(settings.retention()).isEqualTo(Duration.ofHours(36));
        assertThat(settings.maxPendingPerSubscription()).isEqualTo(1_000);
        assertThat(settings.maxPendingPerTenant()).isEqualTo(5_000);
        assertThat(refuses(settings, "http://127.0.0.1/")).isFalse();
        assertThat(refuses(settings, "http://10.1.2.3/")).isFalse();
        assertThat(refuses(settings, "http://10.1.2.4/")).isTrue();
    }

    private static boolean refuses(Settings settings, String url) {
        return settings.addresses().refusal(TargetUrl.parse(url)).isPresent();
    }

    @Test
    void everyWrongVariableIsNamed() {
        var refusal = catchThrowableOfType(
                InvalidInputException.class,
                () -> Settings.from(Map.ofEntries(
                        Map.entry("ROLE", "boss"),
                        Map.entry("API_HOST", "192.0.2.1"),
                        Map.entry("API_PORT", "70000"),
                        Map.entry("API_KEYS", "short,a b:a-key-of-some-length,a-key-of-some-length"),
                        Map.entry("CORS_ORIGINS", "admin.example"),
                        Map.entry("RATE_LIMIT_PER_MINUTE", "0"),
                        Map.entry("TRUSTED_PROXIES", "proxy.example,10.0.0.0/33"),
                        Map.entry("RETRY_SCHEDULE", "1s,,5x,31d"),
                        Map.entry("LOG_LEVEL", "loud"),
                        Map.entry("LOG_RETENTION_HOURS", "0"),
                        Map.entry("DATABASE_URL", "mysql://db.example/shop"),
                        Map.entry("REDIS_URL", "http://:secret@redis.example"),
                        Map.entry("ENCRYPTION_KEYS", "main:short"),
                        Map.entry("MAX_PENDING_PER_SUBSCRIPTION", "0"),
                        Map.entry("MAX_PENDING_PER_TENANT", "many"),
                        Map.entry("ALLOWED_NETWORKS", "10.0.0.1/8,localhost"))));

        assertThat(refusal.faults())
                .extracting(InvalidInputException.Fault::field)
                .containsExactly(
                        "API_HOST",
                        "ROLE",
                        "API_PORT",
                        "API_KEYS",
                        "API_KEYS",
                        "API_KEYS",
                        "CORS_ORIGINS",
                        "RATE_LIMIT_PER_MINUTE",
                        "TRUSTED_PROXIES",
                        "TRUSTED_PROXIES",
                        "RETRY_SCHEDULE",
                        "RETRY_SCHEDULE",
                        "RETRY_SCHEDULE",
                        "LOG_LEVEL",
                        "LOG_RETENTION_HOURS",
                        "ALLOWED_NETWORKS",
                        "ALLOWED_NETWORKS",
                        "DATABASE_URL",
                        "REDIS_URL",
                        "ENCRYPTION_KEYS",
                        "MAX_PENDING_PER_SUBSCRIPTION",
                        "MAX_PENDING_PER_TENANT");
        assertThat(refusal).message().doesNotContain("a-key-of-some-length", "main:short");
    }

    @Test
    void anAddressThatOthersReachNeedsKeysOrAWord() {
        assertThat(faults(Map.of("API_HOST", "0.0.0.0"))).containsExactly("API_KEYS");
        assertThat(Settings.from(Map.of("API_HOST", "0.0.0.0", "API_KEYS", "open-to-everyone"))
                        .keys()
                        .isOpen())
                .isTrue();
        assertThat(Settings.from(Map.of("API_HOST", "::1")).keys().isOpen()).isTrue();
    }

    @Test
    void memoryIsForOneProcessThatDoesEverything() {
        assertThat(faults(Map.of("ROLE", "worker"))).containsExactly("ROLE");
        assertThat(faults(Map.of("ROLE", "api"))).containsExactly("ROLE");
    }

    @Test
    void secretsCanBeInFiles(@TempDir Path folder) throws Exception {
        var file = Files.writeString(folder.resolve("keys"), "a-key-from-a-file-of-mine\n");

        assertThat(Settings.from(Map.of("API_KEYS_FILE", file.toString())).keys())
                .hasToString("1 keys");
        assertThat(faults(Map.of("API_KEYS_FILE", folder.resolve("none").toString())))
                .containsExactly("API_KEYS_FILE");
        assertThat(faults(Map.of("API_KEYS_FILE", file.toString(), "API_KEYS", "open-to-everyone")))
                .containsExactly("API_KEYS_FILE");
    }

    private static List<String> faults(Map<String, String> environment) {
        return catchThrowableOfType(InvalidInputException.class, () -> Settings.from(environment)).faults().stream()
                .map(InvalidInputException.Fault::field)
                .toList();
    }

    @Test
    void everyVariableIsInTheDocumentation() throws Exception {
        var reader = Files.readString(Path.of("src/main/java/dev/posthorn/examples/server/SettingsReader.java"));
        var docs = Files.readString(Path.of("../../docs/server.md"));

        var variables = Pattern.compile("\"([A-Z]+_[A-Z_]+|ROLE)\"")
                .matcher(reader)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(variables).hasSizeGreaterThan(14);
        assertThat(variables).allSatisfy(name -> assertThat(docs).contains("| `" + name + "` |"));
    }
}
