package dev.posthorn.webhook.filter;

import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.InvalidInputException.Fault;
import dev.posthorn.webhook.filter.Check.Compares;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads a filter from JSON, and finds all that is wrong with it. */
public final class FilterReader {
    /** What a filter may have, in all and in one list. */
    public static final int MOST_CONDITIONS = 64;
    /** How deep {@code and}, {@code or} and {@code not} may be nested. */
    public static final int DEEPEST = 8;
    /** How many values {@code in} may list. */
    public static final int MOST_VALUES = 100;
    /** How large a filter may be, in bytes of UTF-8 and without spaces. */
    public static final int MOST_BYTES = 8 * 1024;

    private static final int MOST_CHARACTERS_READ = 4 * MOST_BYTES;
    private static final int MOST_DIGITS = 100;
    private static final int LARGEST_EXPONENT = 1_000;
    private static final int MOST_SHOWN = 64;
    private static final String FILTER = "filter";
    private static final String POINTER = "pointer";
    private static final List<String> CHECKS =
            List.of("equals", "not_equals", "in", "exists", "gt", "gte", "lt", "lte", "prefix");
    private static final String NAMES = String.join(", ", CHECKS);

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final List<Fault> faults = new ArrayList<>();
    private int conditions;

    private FilterReader() {}

    /**
     * Reads a filter.
     *
     * @throws InvalidInputException naming every fault, under {@code filter} and where in it
     */
    public static Condition read(String json) {
        var reader = new FilterReader();
        var filter = reader.filter(json);
        if (filter == null || !reader.faults.isEmpty()) {
            throw new InvalidInputException(reader.faults);
        }
        return filter;
    }

    private @Nullable Condition filter(String json) {
        if (json.length() > MOST_CHARACTERS_READ) {
            return fault(FILTER, "must be at most " + MOST_BYTES + " bytes");
        }
        JsonNode node;
        try {
            node = JSON.readTree(json);
        } catch (NumberFormatException beyondBigDecimal) {
            return fault(FILTER, "must have numbers within 1e" + LARGEST_EXPONENT);
        } catch (JacksonException bad) {
            var place = bad.getLocation();
            return fault(
                    FILTER,
                    "must be a JSON object with each field once"
                            + (place == null
                                    ? ""
                                    : "; it is not at line " + place.getLineNr() + ", column " + place.getColumnNr()));
        }
        var filter = condition(node, FILTER, 0);
        if (conditions > MOST_CONDITIONS) {
            return fault(FILTER, "must have at most " + MOST_CONDITIONS + " conditions, has " + conditions);
        }
        // In the form in which it is kept, which is to be read again.
        if (filter != null && filter.toString().getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
            return fault(FILTER, "must be at most " + MOST_BYTES + " bytes");
        }
        return filter;
    }

    private @Nullable Condition condition(JsonNode node, String place, int depth) {
        if (!node.isObject()) {
            return fault(place, "must be an object");
        }
        if (node.has("and") || node.has("or") || node.has("not")) {
            return combined(node, place, depth);
        }
        conditions++;
        return at(node, place);
    }

    private @Nullable Condition combined(JsonNode node, String place, int depth) {
        if (node.size() > 1) {
            return fault(place, "must have one of and, or, not, and nothing beside it");
        }
        if (depth == DEEPEST) {
            return fault(place, "must not be nested deeper than " + DEEPEST);
        }
        var name = node.propertyNames().iterator().next();
        var within = node.get(name);
        var placeWithin = place + "." + name;
        if (name.equals("not")) {
            var part = condition(within, placeWithin, depth + 1);
            return part == null ? null : new Condition.Not(part);
        }
        if (!within.isArray() || within.isEmpty() || within.size() > MOST_CONDITIONS) {
            return fault(placeWithin, "must be an array of 1 to " + MOST_CONDITIONS + " conditions");
        }
        var parts = new ArrayList<Condition>();
        for (int i = 0; i < within.size(); i++) {
            var part = condition(within.get(i), placeWithin + "[" + i + "]", depth + 1);
            if (part != null) {
                parts.add(part);
            }
        }
        return name.equals("and") ? new Condition.And(List.copyOf(parts)) : new Condition.Or(List.copyOf(parts));
    }

    private @Nullable Condition at(JsonNode node, String place) {
        var pointer = pointer(node.get(POINTER), place + "." + POINTER);
        var checks = new ArrayList<Check>();
        int known = 0;
        for (var field : node.properties()) {
            var name = field.getKey();
            if (name.equals(POINTER)) {
                continue;
            }
            if (!CHECKS.contains(name)) {
                fault(place + "." + shown(name), "is unknown; a condition has a pointer and one of " + NAMES);
                continue;
            }
            known++;
            var check = check(name, field.getValue(), place + "." + name);
            if (check != null) {
                checks.add(check);
            }
        }
        if (known != 1) {
            return fault(place, "must have exactly one of " + NAMES + ", or be one of and, or, not");
        }
        return pointer == null || checks.isEmpty() ? null : new Condition.At(pointer, checks.get(0));
    }

    private @Nullable Pointer pointer(@Nullable JsonNode node, String place) {
        if (node == null) {
            return fault(place, "is required");
        }
        if (!node.isString() || !isUnicode(node.stringValue())) {
            return fault(place, "must be a string");
        }
        var problem = Pointer.faultOf(node.stringValue());
        return problem.isPresent() ? fault(place, problem.get()) : Pointer.of(node.stringValue());
    }

    private @Nullable Check check(String name, JsonNode node, String place) {
        return switch (name) {
            case "in" -> in(node, place);
            case "exists" ->
                node.isBoolean() ? new Check.Exists(node.booleanValue()) : fault(place, "must be true or false");
            case "prefix" ->
                node.isString() && isUnicode(node.stringValue())
                        ? new Check.Prefix(node.stringValue())
                        : fault(place, "must be a string");
            case "equals", "not_equals" -> {
                var value = value(node, place);
                if (value == null) {
                    yield null;
                }
                yield name.equals("equals") ? new Check.Equal(value) : new Check.NotEqual(value);
            }
            default -> {
                var order = Compares.Order.valueOf(name.toUpperCase(Locale.ROOT));
                var bound = node.isNumber() ? number(node, place) : this.<Decimal>fault(place, "must be a number");
                yield bound == null ? null : new Compares(order, bound);
            }
        };
    }

    private @Nullable Check in(JsonNode node, String place) {
        if (!node.isArray() || node.isEmpty() || node.size() > MOST_VALUES) {
            return fault(place, "must be an array of 1 to " + MOST_VALUES + " values");
        }
        var values = new LinkedHashSet<Value>();
        for (int i = 0; i < node.size(); i++) {
            var value = value(node.get(i), place + "[" + i + "]");
            if (value != null && !values.add(value)) {
                fault(place + "[" + i + "]", "must not be there twice");
            }
        }
        return values.isEmpty() ? null : new Check.In(List.copyOf(values));
    }

    private @Nullable Value value(JsonNode node, String place) {
        if (node.isString() && isUnicode(node.stringValue())) {
            return new Value.Text(node.stringValue());
        }
        if (node.isNumber()) {
            var number = number(node, place);
            return number == null ? null : new Value.Amount(number);
        }
        if (node.isBoolean()) {
            return node.booleanValue() ? Value.Word.TRUE : Value.Word.FALSE;
        }
        return node.isNull() ? Value.Word.NULL : fault(place, "must be a string, a number, true, false or null");
    }

    private @Nullable Decimal number(JsonNode node, String place) {
        var number = Decimal.of(
                node.isIntegralNumber() ? node.asString() : node.decimalValue().toString());
        if (number.digits().length() > MOST_DIGITS || Math.abs(number.exponent()) > LARGEST_EXPONENT) {
            return fault(
                    place, "must be a number of at most " + MOST_DIGITS + " digits, and within 1e" + LARGEST_EXPONENT);
        }
        return number;
    }

    /** Half of a pair of surrogates is no character, and could not be stored. */
    private static boolean isUnicode(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    private static String shown(String name) {
        return name.length() <= MOST_SHOWN ? name : name.substring(0, MOST_SHOWN) + "…";
    }

    // It is always null, in place of whatever could not be read.
    @SuppressWarnings("TypeParameterUnusedInFormals")
    private <T> @Nullable T fault(String place, String problem) {
        faults.add(new Fault(place, problem));
        return null;
    }
}
