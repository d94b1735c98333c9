package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.posthorn.webhook.Mutations;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Patterns match what the regular expressions do that they stand for, one by one as in the index. */
class EventTypesFuzzTest {
    private static final UUID SUBSCRIPTION = new UUID(0, 1);
    private static final UUID ANOTHER = new UUID(0, 2);

    @FuzzTest(maxDuration = "20s")
    void anyPatternsAndType(byte[] given) {
        check(given);
    }

    @Test
    void brieflyChangedSeeds() {
        Mutations.of(getClass(), "anyPatternsAndType").tryOut(10_000, EventTypesFuzzTest::check);
    }

    /** Lines: a type, and patterns. */
    private static void check(byte[] given) {
        var lines = List.of(new String(given, StandardCharsets.ISO_8859_1).split("\n", -1));
        var type = lines.get(0);
        assertThat(EventTypes.isName(type)).isEqualTo(type.matches("[A-Za-z0-9_.-]{1,128}"));
        var patterns = lines.stream()
                .skip(1)
                .filter(line -> EventTypes.faultOf(line).isEmpty())
                .toList();
        assertThat(patterns).allMatch(pattern -> pattern.matches("[A-Za-z0-9_.*-]{1,128}"));
        if (!EventTypes.isName(type)) {
            return;
        }
        // Every type is a pattern for itself.
        assertThat(EventTypes.faultOf(type)).isEmpty();
        assertThat(EventTypes.matches(type, type)).isTrue();
        for (var pattern : patterns) {
            assertThat(EventTypes.matches(pattern, type)).as(pattern).isEqualTo(matches(pattern, type));
        }
        var index = new EventTypeIndex();
        index.add(SUBSCRIPTION, patterns);
        index.add(ANOTHER, List.of("a.*", "b"));
        assertThat(index.wanting(type).contains(SUBSCRIPTION))
                .isEqualTo(patterns.stream().anyMatch(pattern -> matches(pattern, type)));
        index.remove(ANOTHER, List.of("a.*", "b"));
        index.remove(SUBSCRIPTION, patterns);
        assertThat(index.isEmpty()).isTrue();
    }

    private static boolean matches(String pattern, String type) {
        if (pattern.equals("*")) {
            return true;
        }
        var segments = Stream.of(pattern.split("\\.", -1)).map(segment -> switch (segment) {
            case "*" -> "[^.]*";
            case "**" -> ".*";
            default -> Pattern.quote(segment);
        });
        return type.matches(String.join("\\.", segments.toList()));
    }
}
