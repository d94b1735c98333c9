package dev.posthorn.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
    @Test
    void theStandardOneMakesEightAttemptsOverTwentyEightHours() {
        var policy = RetryPolicy.standard();
        assertThat(policy.attempts()).isEqualTo(8);
        assertThat(policy.delays().stream().reduce(Duration.ZERO, Duration::plus))
                .isBetween(Duration.ofHours(27), Duration.ofHours(28));
        assertThat(policy.length()).as("with the longest jitter").isBetween(Duration.ofHours(30), Duration.ofHours(31));
    }

    @Test
    void anExponentialOneGrowsUpToItsCap() {
        var policy = RetryPolicy.exponential(Duration.ofSeconds(1), 2, Duration.ofSeconds(5), 6);
        assertThat(policy.delays())
                .containsExactly(
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(4),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5));
        assertThat(policy.attempts()).isEqualTo(6);
    }

    @Test
    void growthWithoutEndStopsAtTheCap() {
        var policy = RetryPolicy.exponential(Duration.ofSeconds(1), 1_000, Duration.ofDays(30), 101);
        assertThat(policy.delays()).hasSize(100).last().isEqualTo(Duration.ofDays(30));
    }

    @Test
    void namesEveryFault() {
        assertThatExceptionOfType(InvalidInputException.class)
                .isThrownBy(() -> RetryPolicy.exponential(Duration.ZERO, 0.5, Duration.ofDays(31), 0))
                .satisfies(thrown -> assertThat(thrown.faults())
                        .extracting(InvalidInputException.Fault::field)
                        .containsExactly("first", "factor", "cap", "attempts"));
        assertThatExceptionOfType(InvalidInputException.class)
                .isThrownBy(() -> RetryPolicy.schedule(Duration.ofSeconds(-1), Duration.ofDays(31))
                        .jitter(2))
                .satisfies(thrown -> assertThat(thrown.faults())
                        .extracting(InvalidInputException.Fault::field)
                        .containsExactly("delays[0]", "delays[1]"));
        assertThatExceptionOfType(InvalidInputException.class)
                .isThrownBy(() -> RetryPolicy.never().jitter(Double.NaN));
    }
}
