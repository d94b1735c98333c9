package dev.posthorn.webhook.spring.web;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The fields of a JSON object in a request, read one by one. What is wrong becomes a fault and is read as if it were not
 * there, so that reading goes on and finds the rest; {@code null} is the same as not there.
 */
final class JsonFields {
    /** Numbers stay as they were written, and no field is there twice. */
    static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** Where a number has an exponent that none can have. */
    static final String UNREADABLE_NUMBER = "; a number in it is too large";

    private static final int MOST_SHOWN = 64;

    private final JsonNode object;
    private final String prefix;
    private final Faults faults;
    private final Set<String> known = new HashSet<>();

    private JsonFields(JsonNode object, String prefix, Faults faults) {
        this.object = object;
        this.prefix = prefix;
        this.faults = faults;
    }

    /** @throws org.springframework.web.ErrorResponseException 400 if the body is not a JSON object */
    static JsonFields of(byte[] body, Faults faults) {
        return new JsonFields(object(body), "", faults);
    }

    /** The fields of an object that is a part of the request. */
    static JsonFields of(JsonNode object, String prefix, Faults faults) {
        return new JsonFields(object, prefix, faults);
    }

    /** @throws org.springframework.web.ErrorResponseException 400 if the body is not a JSON object */
    static JsonNode object(byte[] body) {
        JsonNode json;
        try {
            json = MAPPER.readTree(body);
        } catch (JacksonException e) {
            throw notAnObject(place(e));
        } catch (NumberFormatException e) {
            // Jackson has no exception of its own for an exponent that no number can have.
            throw notAnObject(UNREADABLE_NUMBER);
        }
        if (!json.isObject()) {
            throw notAnObject("");
        }
        return json;
    }

    /** Where in a text it is wrong. Not what Jackson says itself: that quotes the body, which may hold a secret. */
    static String place(JacksonException e) {
        var place = e.getLocation();
        return place == null ? "" : "; it is not at line " + place.getLineNr() + ", column " + place.getColumnNr();
    }

    private static RuntimeException notAnObject(String where) {
        return Problems.of(
                HttpStatus.BAD_REQUEST,
                "The body cannot be read.",
                "body",
                "must be a JSON object with each field once" + where);
    }

    /** The field as it is, even if it is {@code null}; Java's {@code null} and a fault if it is not there. */
    @Nullable
    JsonNode required(String name) {
        known.add(name);
        var value = object.get(name);
        if (value == null) {
            fault(name, "is required");
        }
        return value;
    }

    /** The field as it is. */
    @Nullable
    JsonNode any(String name) {
        return read(name, node -> true, Function.identity(), "");
    }

    @Nullable
    String text(String name) {
        return read(name, JsonNode::isString, JsonNode::stringValue, "must be a string");
    }

    @Nullable
    String requiredText(String name) {
        checkPresent(name);
        return text(name);
    }

    @Nullable
    Instant moment(String name) {
        return parsed(name, Instant::parse, "must be a moment such as 2030-01-31T12:00:00Z");
    }

    @Nullable
    Instant requiredMoment(String name) {
        checkPresent(name);
        return moment(name);
    }

    @Nullable
    UUID id(String name) {
        return parsed(name, UUID::fromString, "must be a UUID");
    }

    private <T> @Nullable T parsed(String name, Function<String, T> parse, String problem) {
        var text = text(name);
        try {
            return text == null ? null : parse.apply(text);
        } catch (DateTimeException | IllegalArgumentException e) {
            fault(name, problem);
            return null;
        }
    }

    @Nullable
    Integer wholeNumber(String name) {
        return read(name, JsonFields::isInt, JsonNode::intValue, "must be a whole number");
    }

    @Nullable
    Integer requiredWholeNumber(String name) {
        checkPresent(name);
        return wholeNumber(name);
    }

    @Nullable
    Long longNumber(String name) {
        return read(name, JsonFields::isLong, JsonNode::longValue, "must be a whole number");
    }

    @Nullable
    Boolean bool(String name) {
        return read(name, JsonNode::isBoolean, JsonNode::booleanValue, "must be true or false");
    }

    <E extends Enum<E>> @Nullable E oneOf(String name, Class<E> type) {
        var text = text(name);
        if (text == null) {
            return null;
        }
        for (var value : type.getEnumConstants()) {
            if (value.name().equals(text)) {
                return value;
            }
        }
        fault(name, "must be one of " + Arrays.toString(type.getEnumConstants()));
        return null;
    }

    @Nullable
    BigDecimal number(String name) {
        return read(name, JsonNode::isNumber, JsonNode::decimalValue, "must be a number");
    }

    /** @param standIn what is in the place of an element that is wrong, so that others keep their place */
    @Nullable
    List<String> texts(String name, String standIn) {
        return list(name, JsonNode::isString, JsonNode::stringValue, "must be a string", standIn);
    }

    /** As {@link #texts}; empty, with a fault, if it is not there. */
    List<Long> requiredLongNumbers(String name, long standIn) {
        checkPresent(name);
        var numbers = list(name, JsonFields::isLong, JsonNode::longValue, "must be a whole number", standIn);
        return numbers == null ? List.of() : numbers;
    }

    @Nullable
    Map<String, String> textMap(String name) {
        var node = read(name, JsonNode::isObject, Function.identity(), "must be an object of strings");
        if (node == null) {
            return null;
        }
        var map = new LinkedHashMap<String, String>();
        node.forEachEntry((key, value) -> {
            if (value.isString()) {
                map.put(key, value.stringValue());
            } else {
                fault(name + "[" + shown(key) + "]", "must be a string");
            }
        });
        return map;
    }

    /** The fields of an object within this one. */
    @Nullable
    JsonFields object(String name) {
        var node = read(name, JsonNode::isObject, Function.identity(), "must be an object");
        return node == null ? null : new JsonFields(node, prefix + name + ".", faults);
    }

    /** Refuses a field that cannot be given here. */
    void refuse(String name, String problem) {
        known.add(name);
        if (object.has(name)) {
            fault(name, problem);
        }
    }

    /** Refuses every field that was not asked for. */
    void refuseOthers() {
        for (var name : object.propertyNames()) {
            if (!known.contains(name)) {
                fault(shown(name), "is unknown");
            }
        }
    }

    private void checkPresent(String name) {
        var value = object.get(name);
        if (value == null || value.isNull()) {
            fault(name, "is required");
        }
    }

    private <T> @Nullable T read(
            String name, Predicate<JsonNode> isRight, Function<JsonNode, T> value, String problem) {
        known.add(name);
        var node = object.get(name);
        if (node == null || node.isNull()) {
            return null;
        }
        if (!isRight.test(node)) {
            fault(name, problem);
            return null;
        }
        return value.apply(node);
    }

    private <T> @Nullable List<T> list(
            String name, Predicate<JsonNode> isRight, Function<JsonNode, T> value, String problem, T standIn) {
        var array = read(name, JsonNode::isArray, Function.identity(), "must be an array");
        if (array == null) {
            return null;
        }
        var list = new ArrayList<T>();
        for (int i = 0; i < array.size(); i++) {
            var element = array.get(i);
            if (isRight.test(element)) {
                list.add(value.apply(element));
            } else {
                fault(name + "[" + i + "]", problem);
                list.add(standIn);
            }
        }
        return list;
    }

    private void fault(String name, String problem) {
        faults.add(prefix + name, problem);
    }

    private static boolean isInt(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToInt();
    }

    private static boolean isLong(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToLong();
    }

    private static String shown(String name) {
        return name.length() <= MOST_SHOWN ? name : name.substring(0, MOST_SHOWN) + "…";
    }
}
