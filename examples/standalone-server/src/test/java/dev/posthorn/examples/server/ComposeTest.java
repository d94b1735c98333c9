package dev.posthorn.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The compose file hangs together, by its structure: no container engine reads it here. */
class ComposeTest {
    private static final Map<String, Object> FILE = read();
    private static final Map<String, Map<String, Object>> SERVICES = map(FILE.get("services"));

    private static Map<String, Object> read() {
        try (var in = Files.newBufferedReader(Path.of("docker-compose.yml"))) {
            return new Yaml().load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> Map<String, T> map(Object value) {
        return value == null ? Map.of() : (Map<String, T>) value;
    }

    @SuppressWarnings("unchecked")
    private static List<String> list(Object value) {
        return value == null ? List.of() : (List<String>) value;
    }

    @Test
    void eachServiceHasItsShareOfTheMachine() {
        assertThat(SERVICES.keySet()).isEqualTo(Set.of("api", "worker", "postgres", "redis"));
        assertThat(limits("api")).isEqualTo(Map.of("cpus", "1.0", "memory", "512M"));
        assertThat(limits("worker")).isEqualTo(Map.of("cpus", "1.0", "memory", "512M"));
        assertThat(limits("postgres")).isEqualTo(Map.of("cpus", "1.0", "memory", "1G"));
        assertThat(limits("redis")).isEqualTo(Map.of("cpus", "0.5", "memory", "256M"));
    }

    private static Map<String, Object> limits(String service) {
        return map(
                ComposeTest.<Object>map(map(SERVICES.get(service).get("deploy")).get("resources"))
                        .get("limits"));
    }

    @Test
    void whatIsNamedIsThere() {
        assertThat(FILE.keySet())
                .containsExactlyInAnyOrder("name", "x-server", "x-environment", "services", "volumes", "secrets");
        var secrets = map(FILE.get("secrets"));
        SERVICES.forEach((name, service) -> {
            assertThat(secrets.keySet()).as(name).containsAll(list(service.get("secrets")));
            map(service.get("depends_on")).forEach((other, condition) -> {
                assertThat(SERVICES).containsKey(other);
                assertThat(SERVICES.get(other)).as(other).containsKey("healthcheck");
                assertThat(map(condition)).containsEntry("condition", "service_healthy");
            });
            assertThat(service).as(name).containsKeys("image", "stop_grace_period", "restart");
        });
    }

    @Test
    void theServersSettingsAreThoseItKnows() throws Exception {
        var known = Files.readString(Path.of("src/main/java/dev/posthorn/examples/server/SettingsReader.java"));
        for (var role : List.of("api", "worker")) {
            var environment = map(SERVICES.get(role).get("environment"));
            assertThat(environment).containsEntry("ROLE", role);
            environment.forEach((name, value) -> {
                assertThat(known).contains("\"" + name.replaceAll("_FILE$", "") + "\"");
                if (name.endsWith("_FILE")) {
                    var secret = value.toString().substring("/run/secrets/".length());
                    assertThat(list(SERVICES.get(role).get("secrets"))).contains(secret);
                }
            });
        }
    }

    @Test
    void theImageIsNobodysRootAndSaysHowItIs() throws Exception {
        var dockerfile = Files.readString(Path.of("Dockerfile"));

        assertThat(dockerfile)
                .contains(
                        "\nUSER 10001:10001\n", "\nHEALTHCHECK ", HealthCheck.class.getName(), "\nSTOPSIGNAL SIGTERM\n")
                .containsSubsequence(
                        "/layers/dependencies/",
                        "/layers/spring-boot-loader/",
                        "/layers/snapshot-dependencies/",
                        "/layers/application/");
    }
}
