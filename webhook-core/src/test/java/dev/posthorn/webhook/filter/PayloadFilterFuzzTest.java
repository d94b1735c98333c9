package dev.posthorn.webhook.filter;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.Mutations;
import dev.posthorn.webhook.PayloadFilter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Whatever the filter and the payload, a filter is refused or kept as it is, and matches what a plain reading of it says: a tree
 * of the payload, pointers followed in that, and numbers by {@link BigDecimal}.
 */
class PayloadFilterFuzzTest {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** The filter, a line break, and the payload. */
    @FuzzTest(maxDuration = "20s")
    void anyFilterAndPayload(byte[] given) {
        check(given);
    }

    @Test
    void brieflyChangedSeeds() {
        Mutations.of(getClass(), "anyFilterAndPayload").tryOut(20_000, PayloadFilterFuzzTest::check);
    }

    private static void check(byte[] given) {
        int end = 0;
        while (end < given.length && given[end] != '\n') {
            end++;
        }
        PayloadFilter filter;
        try {
            filter = PayloadFilter.parse(new String(given, 0, end, StandardCharsets.UTF_8));
        } catch (InvalidInputException refused) {
            assertThat(refused.faults())
                    .isNotEmpty()
                    .allMatch(fault -> fault.field().startsWith("filter"));
            return;
        }
        assertThat(PayloadFilter.parse(filter.toJson())).isEqualTo(filter).hasToString(filter.toJson());

        int start = Math.min(given.length, end + 1);
        var payload = new String(given, start, given.length - start, StandardCharsets.UTF_8);
        boolean matches = filter.matches(Bytes.utf8(payload));
        plain(payload)
                .ifPresent(tree -> assertThat(matches)
                        .as(filter + " of " + payload)
                        .isEqualTo(Boolean.TRUE.equals(holds(JSON.readTree(filter.toJson()), tree))));
    }

    /** Empty also if the payload has what the plain reading cannot do: names twice, and exponents out of bounds. */
    private static Optional<JsonNode> plain(String payload) {
        try {
            var tree = JSON.readTree(payload);
            return tree.isMissingNode() ? Optional.empty() : Optional.of(tree);
        } catch (JacksonException | NumberFormatException cannot) {
            return Optional.empty();
        }
    }

    private static @Nullable Boolean holds(JsonNode filter, JsonNode payload) {
        if (filter.has("not")) {
            var part = holds(filter.get("not"), payload);
            return part == null ? null : !part;
        }
        for (boolean deciding : new boolean[] {true, false}) {
            var parts = filter.get(deciding ? "or" : "and");
            if (parts != null) {
                Boolean all = !deciding;
                for (var part : parts) {
                    var ofPart = holds(part, payload);
                    if (ofPart == null) {
                        all = null;
                    } else if (ofPart == deciding) {
                        return deciding;
                    }
                }
                return all;
            }
        }
        return check(filter, at(payload, filter.get("pointer").stringValue()));
    }

    private static @Nullable Boolean check(JsonNode filter, @Nullable JsonNode value) {
        if (filter.has("exists")) {
            return filter.get("exists").booleanValue() == (value != null);
        }
        if (value == null) {
            return null;
        }
        if (filter.has("equals")) {
            return equal(value, filter.get("equals"));
        }
        if (filter.has("not_equals")) {
            return !equal(value, filter.get("not_equals"));
        }
        if (filter.has("in")) {
            for (var one : filter.get("in")) {
                if (equal(value, one)) {
                    return true;
                }
            }
            return false;
        }
        if (filter.has("prefix")) {
            return value.isString()
                    ? value.stringValue().startsWith(filter.get("prefix").stringValue())
                    : null;
        }
        if (!value.isNumber()) {
            return null;
        }
        for (var order : new String[] {"gt", "gte", "lt", "lte"}) {
            if (filter.has(order)) {
                int comparison =
                        value.decimalValue().compareTo(filter.get(order).decimalValue());
                return (order.endsWith("e") && comparison == 0)
                        || (order.startsWith("g") ? comparison > 0 : comparison < 0);
            }
        }
        throw new AssertionError(filter);
    }

    private static boolean equal(JsonNode one, JsonNode other) {
        if (one.isNumber() && other.isNumber()) {
            return one.decimalValue().compareTo(other.decimalValue()) == 0;
        }
        return one.equals(other);
    }

    private static @Nullable JsonNode at(JsonNode payload, String pointer) {
        var node = payload;
        if (!pointer.isEmpty()) {
            for (var segment : pointer.substring(1).split("/", -1)) {
                var name = segment.replace("~1", "/").replace("~0", "~");
                if (node.isArray()) {
                    node = name.matches("0|[1-9][0-9]{0,8}") ? node.get(Integer.parseInt(name)) : null;
                } else {
                    node = node.isObject() ? node.get(name) : null;
                }
                if (node == null) {
                    return null;
                }
            }
        }
        return node;
    }
}
