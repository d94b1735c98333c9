package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.Mutations;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A hint is never negative or endless, and whatever is neither seconds nor a date is none. */
class RetryAfterFuzzTest {
    private static final Instant NOW = Instant.parse("2026-11-01T12:00:00Z");
    private static final Duration MOST = Duration.between(NOW, Instant.parse("+10000-01-02T00:00:00Z"));

    private static final String TIME = "\\d\\d:\\d\\d:\\d\\d";
    private static final Pattern DATE = Pattern.compile("(\\w{3}, \\d\\d? \\w{3} \\d{4} " + TIME + " GMT)"
            + "|(\\w{3,6}day, \\d\\d-\\w{3}-\\d\\d " + TIME + " GMT)"
            + "|(\\w{3} \\w{3} [ \\d]\\d " + TIME + " \\d{4})");

    @FuzzTest(maxDuration = "20s")
    void anyValue(byte[] given) {
        check(given);
    }

    @Test
    void brieflyChangedSeeds() {
        Mutations.of(getClass(), "anyValue").tryOut(10_000, RetryAfterFuzzTest::check);
    }

    private static void check(byte[] given) {
        var value = new String(given, StandardCharsets.ISO_8859_1);
        var wait = RetryAfter.in(List.of(new Header("X", "1"), new Header("retry-after", value)), NOW);

        assertThat(wait).isBetween(Duration.ZERO, MOST);
        var text = value.strip();
        if (text.matches("[0-9]+")) {
            var seconds = new BigInteger(text).min(BigInteger.valueOf(999_999_999));
            assertThat(wait).isEqualTo(Duration.ofSeconds(seconds.longValueExact()));
        } else if (!wait.isZero()) {
            assertThat(text).matches(DATE);
        }
    }
}
