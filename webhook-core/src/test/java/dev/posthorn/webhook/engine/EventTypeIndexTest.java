package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventTypeIndexTest {
    @ParameterizedTest
    @CsvSource({
        "order.created, order.created, true",
        "order.created, order.createD, false",
        "order.created, order.created.v2, false",
        "order.*, order.created, true",
        "order.*, order, false",
        "order.*, order.item.added, false",
        "order.*, order., true",
        "order.**, order.created, true",
        "order.**, order.item.added, true",
        "order.**, order, false",
        "order.*.added, order.item.added, true",
        "order.*.added, order.item.removed, false",
        "*.created, order.created, true",
        "*.created, created, false",
        "*.**, order.created, true",
        "*.**, order, false",
        "**, order, true",
        "**, order.item.added, true",
        "*, order, true",
        "*, order.item.added, true",
        "a-b_c.D9, a-b_c.D9, true",
    })
    void matchesBySegments(String pattern, String type, boolean matches) {
        assertThat(EventTypes.faultOf(pattern)).isEmpty();
        assertThat(EventTypes.matches(pattern, type)).isEqualTo(matches);

        var index = new EventTypeIndex();
        var id = UUID.randomUUID();
        index.add(id, List.of(pattern));
        assertThat(index.wanting(type)).isEqualTo(matches ? Set.of(id) : Set.of());
    }

    @ParameterizedTest
    @CsvSource({"''", "order.**.added", "order.cre*", "or der", "order.***", "ordér", "'order,x'"})
    void refusesWhatIsNoPattern(String pattern) {
        assertThat(EventTypes.faultOf(pattern)).isPresent();
    }

    @Test
    void isEmptyAgainWhenAllAreRemoved() {
        var index = new EventTypeIndex();
        var patterns = List.of("*", "a.b", "a.*", "a.**", "*.b.c", "**");
        var ids = new ArrayList<UUID>();
        for (int i = 0; i < 10; i++) {
            ids.add(UUID.randomUUID());
            index.add(ids.get(i), patterns);
        }
        assertThat(index.wanting("a.b")).hasSize(10);
        ids.forEach(id -> index.remove(id, patterns));
        assertThat(index.isEmpty()).isTrue();
        assertThat(index.wanting("a.b")).isEmpty();
    }

    /** The index and the plain comparison are two ways to the same answer. */
    @Test
    void agreesWithMatchingOneByOne() {
        long seed = Long.getLong("posthorn.test.seed", System.nanoTime());
        var random = new Random(seed);
        var index = new EventTypeIndex();
        Map<UUID, List<String>> wanted = new HashMap<>();
        for (int round = 0; round < 2_000; round++) {
            if (random.nextInt(3) > 0 || wanted.isEmpty()) {
                var id = UUID.randomUUID();
                var patterns = List.of(randomPattern(random), randomPattern(random));
                wanted.put(id, patterns);
                index.add(id, patterns);
            } else {
                var id = wanted.keySet().iterator().next();
                index.remove(id, wanted.remove(id));
            }
            var type = String.join(".", randomSegments(random, List.of("a", "b", "c")));
            var expected = new HashSet<UUID>();
            wanted.forEach((id, patterns) -> {
                if (patterns.stream().anyMatch(pattern -> EventTypes.matches(pattern, type))) {
                    expected.add(id);
                }
            });
            assertThat(index.wanting(type))
                    .as("seed %d, round %d, %s", seed, round, type)
                    .isEqualTo(expected);
        }
    }

    private static String randomPattern(Random random) {
        var pattern = String.join(".", randomSegments(random, List.of("a", "b", "c", "*")));
        return random.nextInt(4) == 0 ? pattern + ".**" : pattern;
    }

    private static List<String> randomSegments(Random random, List<String> from) {
        var segments = new ArrayList<String>();
        int length = 1 + random.nextInt(4);
        for (int i = 0; i < length; i++) {
            segments.add(from.get(random.nextInt(from.size())));
        }
        return segments;
    }
}
