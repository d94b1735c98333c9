package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.Header;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Reads the {@code Retry-After} field (RFC 9110 §10.2.3): seconds or a date. What cannot be read is no hint. */
final class RetryAfter {
    private static final int MOST_DIGITS = 9;
    // By itself the formatter also takes +5, 012, and years of nine digits. A one-digit day and an offset may pass,
    // though
    // RFC 9110 does not have them.
    private static final Pattern SHAPE = Pattern.compile("([A-Za-z]{3}, )?[0-9]{1,2} [A-Za-z]{3} [0-9]{4} "
            + "[0-9]{2}:[0-9]{2}(:[0-9]{2})? ([A-Za-z]{3}|[+-][0-9]{4})");
    private static final DateTimeFormatter DATE = DateTimeFormatter.RFC_1123_DATE_TIME.withLocale(Locale.ROOT);

    private RetryAfter() {}

    /** How long the answer asks to wait; 0 if it does not, or names a moment that has passed. */
    static Duration in(List<Header> headers, Instant now) {
        for (var header : headers) {
            if (header.name().equalsIgnoreCase("Retry-After")) {
                return parse(header.value().strip(), now);
            }
        }
        return Duration.ZERO;
    }

    private static Duration parse(String value, Instant now) {
        if (!value.isEmpty() && value.chars().allMatch(c -> c >= '0' && c <= '9')) {
            var digits = value.replaceFirst("^0+", "");
            return digits.length() > MOST_DIGITS
                    ? Duration.ofSeconds(999_999_999)
                    : Duration.ofSeconds(Long.parseLong("0" + digits));
        }
        if (!SHAPE.matcher(value).matches()) {
            return Duration.ZERO;
        }
        try {
            var wait = Duration.between(now, Instant.from(DATE.parse(value)));
            return wait.isNegative() ? Duration.ZERO : wait;
        } catch (DateTimeException notADate) {
            return Duration.ZERO;
        }
    }
}
