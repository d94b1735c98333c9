package dev.posthorn.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.transport.TargetUrl;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {
    @Test
    void anEmptyEnvironmentMeansDefaults() {
        for (var environment :
                List.of(Map.<String, String>of(), Map.of("API_HOST", "", "API_PORT", " ", "RETRY_SCHEDULE", ""))) {
            var settings = Settings.from(environment);

            assertThat(settings.host().getHostAddress()).isEqualTo("127.0.0.1");
            assertThat(settings.port()).isEqualTo(8000);
            assertThat(settings.retry()).isEqualTo(RetryPolicy.standard());
            assertThat(settings.logLevel()).isEqualTo("INFO");
            assertThat(settings.retention()).isEqualTo(Duration.ofDays(3));
            assertThat(settings.maxPendingPerSubscription()).isNull();
            assertThat(settings.maxPendingPerTenant()).isNull();
            assertThat(refuses(settings, "http://127.0.0.1/")).isTrue();
        }
    }

    @Test
    void everythingCanBeSet() {
        var settings = Settings.from(Map.of(
                "API_HOST", "0.0.0.0",
                "API_PORT", "0",
                "RETRY_SCHEDULE", "10ms, 1s,5m,2h,1d",
                "LOG_LEVEL", "debug",
                "LOG_RETENTION_HOURS", "36",
                "MAX_PENDING_PER_SUBSCRIPTION", "1000",
                "MAX_PENDING_PER_TENANT", "5000",
                "ALLOWED_NETWORKS", "127.0.0.0/8, 10.1.2.3"));

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
                () -> Settings.from(Map.of(
                        "API_HOST", "192.0.2.1",
                        "API_PORT", "70000",
                        "RETRY_SCHEDULE", "1s,,5x,31d",
                        "LOG_LEVEL", "loud",
                        "LOG_RETENTION_HOURS", "0",
                        "ALLOWED_NETWORKS", "10.0.0.1/8,localhost")));

        assertThat(refusal.faults())
                .extracting(InvalidInputException.Fault::field)
                .containsExactly(
                        "API_HOST",
                        "API_PORT",
                        "RETRY_SCHEDULE",
                        "RETRY_SCHEDULE",
                        "RETRY_SCHEDULE",
                        "LOG_LEVEL",
                        "LOG_RETENTION_HOURS",
                        "ALLOWED_NETWORKS",
                        "ALLOWED_NETWORKS");
    }
}
