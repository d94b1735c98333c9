package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.Header;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the {@code Retry-After} field (RFC 9110 §10.2.3): seconds, or a date in any of the three forms of §5.6.7. What
 * cannot be read is no hint.
 */
final class RetryAfter {
    private static final int MOST_DIGITS = 9;
    private static final int MOST_SECONDS = 60; // a leap second's
    private static final int CENTURY = 100;

    private static final List<String> MONTHS =
            List.of("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec");
    private static final String MONTH = "(?<month>" + String.join("|", MONTHS) + ")";
    private static final String TIME = "(?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})";
    private static final String WEEKDAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
    // Whether it is the date's own says nothing about when to come again.
    private static final String LONG_WEEKDAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day";

    /** The form of today; also with one digit for the first days of a month, as Java's own formatter writes them. */
    private static final Pattern IMF_FIXDATE =
            Pattern.compile(WEEKDAY + ", (?<day>[0-9]{1,2}) " + MONTH + " (?<year>[0-9]{4}) " + TIME + " GMT");

    private static final Pattern RFC_850 =
            Pattern.compile(LONG_WEEKDAY + ", (?<day>[0-9]{2})-" + MONTH + "-(?<year>[0-9]{2}) " + TIME + " GMT");
    private static final Pattern ASCTIME =
            Pattern.compile(WEEKDAY + " " + MONTH + " (?<day>[0-9]{2}| [0-9]) " + TIME + " (?<year>[0-9]{4})");

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
        try {
            for (var form : List.of(IMF_FIXDATE, RFC_850, ASCTIME)) {
                var date = form.matcher(value);
                if (date.matches()) {
                    var wait = Duration.between(now, instant(date, now));
                    return wait.isNegative() ? Duration.ZERO : wait;
                }
            }
        } catch (DateTimeException notADate) {
            // Such as the 99th of November.
        }
        return Duration.ZERO;
    }

    private static Instant instant(Matcher date, Instant now) {
        int year = number(date, "year");
        if (date.group("year").length() == 2) {
            // The last such year that is not more than 50 years ahead (RFC 9110 §5.6.7).
            int last = now.atOffset(ZoneOffset.UTC).getYear() + CENTURY / 2;
            year = last - Math.floorMod(last - year, CENTURY);
        }
        int seconds = number(date, "second");
        if (seconds > MOST_SECONDS) {
            throw new DateTimeException("seconds");
        }
        return LocalDateTime.of(
                        year,
                        MONTHS.indexOf(date.group("month")) + 1,
                        number(date, "day"),
                        number(date, "hour"),
                        number(date, "minute"))
                .plusSeconds(seconds)
                .toInstant(ZoneOffset.UTC);
    }

    private static int number(Matcher date, String part) {
        return Integer.parseInt(date.group(part).strip());
    }
}
