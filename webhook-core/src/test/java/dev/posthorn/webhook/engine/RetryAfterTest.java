package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Header;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
        "'Mon, 30 Feb 2026 12:01:30 GMT', 0",
        "'Mon, 23 Nov 2026 12:01:60 GMT', 120",
        "'Mon, 23 Nov 2026 12:01:61 GMT', 0",
        "'Tue, 1 Dec 2026 12:00:00 GMT', 691200",
        "'Monday, 23-Nov-26 12:01:30 GMT', 90",
        "'Wednesday, 25-Nov-26 12:00:00 GMT', 172800",
        "'Monday, 23-Nov-26 11:59:00 GMT', 0",
        "'Friday, 23-Nov-29 12:00:00 GMT', 94694400",
        "'Sunday, 06-Nov-94 08:49:37 GMT', 0",
        "'Monday, 23-Nov-2026 12:01:30 GMT', 0",
        "'Mon, 23-Nov-26 12:01:30 GMT', 0",
        "'Mon Nov 23 12:01:30 2026', 90",
        "'Tue Dec  1 12:00:00 2026', 691200",
        "'Tue Dec 01 12:00:00 2026', 691200",
        "'Tue Dec 1 12:00:00 2026', 0",
        "'Sun Nov  6 08:49:37 1994', 0",
        "'Mon Nov 23 12:01:30 26', 0",
        "'Mon Nov 23 12:01:30 2026 GMT', 0",
        "'mon, 23 nov 2026 12:01:30 gmt', 0",
        "'Mon, 23 Nov 2026 13:01:30 +0100', 0",
        "'Mon, 23 Nov 2026 12:01 GMT', 0",
    })
    void readsSecondsAndDatesAndNothingElse(String value, long seconds) {
        var headers = List.of(new Header("Date", "x"), new Header("retry-AFTER", value));
        assertThat(RetryAfter.in(headers, NOW)).isEqualTo(Duration.ofSeconds(seconds));
    }

    /** The examples of RFC 9110 §5.6.7, all three of one moment. */
    @ParameterizedTest
    @ValueSource(
            strings = {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
    void readsTheExamplesOfItsSpecification(String value) {
        var before = Instant.parse("1994-11-06T08:49:00Z");
        assertThat(RetryAfter.in(List.of(new Header("Retry-After", value)), before))
                .isEqualTo(Duration.ofSeconds(37));
    }

    @ParameterizedTest
    @CsvSource({"26, 2026", "76, 2076", "77, 1977", "99, 1999", "00, 2000"})
    void aYearOfTwoDigitsIsAtMostFiftyYearsAhead(String digits, int year) {
        var value = "Friday, 01-Jan-" + digits + " 00:00:00 GMT";
        var wait = RetryAfter.in(List.of(new Header("Retry-After", value)), NOW);
        var meant = LocalDate.of(year, 1, 1).atStartOfDay().toInstant(ZoneOffset.UTC);
        assertThat(NOW.plus(wait)).isEqualTo(meant.isAfter(NOW) ? meant : NOW);
    }

    @Test
    void isZeroWhereThereIsNone() {
        assertThat(RetryAfter.in(List.of(), NOW)).isZero();
    }
}
