package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Header;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "120, 120",
        "' 120 ', 120",
        "0, 0",
        "'Mon, 23 Nov 2026 12:01:30 GMT', 90",
        "'Mon, 23 Nov 2026 11:59:00 GMT', 0",
        "99999999999999999999, 999999999",
        "-5, 0",
        "+5, 0",
        "1.5, 0",
        "soon, 0",
        "'', 0",
        "٣٣, 0",
        "'Mon, 99 Nov 2026 12:01:30 GMT', 0",
    })
    void readsSecondsAndDatesAndNothingElse(String value, long seconds) {
        var headers = List.of(new Header("Date", "x"), new Header("retry-AFTER", value));
        assertThat(RetryAfter.in(headers, NOW)).isEqualTo(Duration.ofSeconds(seconds));
    }

    @Test
    void isZeroWhereThereIsNone() {
        assertThat(RetryAfter.in(List.of(), NOW)).isZero();
    }
}
