package dev.posthorn.webhook.filter;

import dev.posthorn.webhook.Bytes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * Finds the values at some places of a payload. It goes over the bytes once and makes no tree of them, so it needs memory for
 * what it finds alone. Immutable; safe for use by several threads.
 */
final class PayloadReader {
    // RFC 8259 §8.1: UTF-8, and nothing else that happens to look like JSON in some encoding.
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
            .build();

    private final Node root = new Node();

    /** A place on the way to others, or one that is looked for. */
    private static final class Node {
        final Map<String, Node> byName = new HashMap<>();
        final Map<Integer, Node> byIndex = new HashMap<>();

        @Nullable
        Pointer pointer;
    }

    PayloadReader(Collection<Pointer> pointers) {
        for (var pointer : pointers) {
            var node = root;
            for (var segment : pointer.segments()) {
                var child = node.byName.computeIfAbsent(segment, name -> new Node());
                int index = Pointer.index(segment);
                if (index >= 0) {
                    node.byIndex.put(index, child);
                }
                node = child;
            }
            node.pointer = pointer;
        }
    }

    /** What is at which place; empty if the payload is not one JSON text. */
    Optional<Map<Pointer, Value>> read(Bytes payload) {
        try (var parser = JSON.createParser(ObjectReadContext.empty(), payload.toByteArray())) {
            if (parser.nextToken() == null) {
                return Optional.empty();
            }
            var reading = new Reading(parser);
            reading.read(root);
            return parser.nextToken() == null ? Optional.of(reading.found) : Optional.empty();
        } catch (JacksonException notJson) {
            return Optional.empty();
        }
    }

    /** One going over a payload. It goes as deep as the longest pointer; what lies deeper is skipped without going down. */
    private static final class Reading {
        private final JsonParser parser;
        private final Map<Pointer, Value> found = new HashMap<>();
        private final List<Pointer> inOrder = new ArrayList<>();

        Reading(JsonParser parser) {
            this.parser = parser;
        }

        void read(Node node) {
            if (node.pointer != null) {
                found.put(node.pointer, value(parser));
                inOrder.add(node.pointer);
            }
            var token = parser.currentToken();
            if (token == JsonToken.START_OBJECT && !node.byName.isEmpty()) {
                readObject(node);
            } else if (token == JsonToken.START_ARRAY && !node.byIndex.isEmpty()) {
                for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
                    readOrSkip(node.byIndex.get(i));
                }
            } else {
                parser.skipChildren();
            }
        }

        /** Of members with one name the last counts, with all that is in it, as JSON.parse and most others have it. */
        private void readObject(Node node) {
            var foundIn = new HashMap<Node, List<Pointer>>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                var child = node.byName.get(parser.currentName());
                parser.nextToken();
                if (child == null) {
                    parser.skipChildren();
                    continue;
                }
                int start = inOrder.size();
                var earlier = foundIn.remove(child);
                if (earlier != null) {
                    earlier.forEach(found::remove);
                }
                read(child);
                foundIn.put(child, List.copyOf(inOrder.subList(start, inOrder.size())));
            }
        }

        private void readOrSkip(@Nullable Node node) {
            if (node == null) {
                parser.skipChildren();
            } else {
                read(node);
            }
        }
    }

    private static Value value(JsonParser parser) {
        return switch (parser.currentToken()) {
            case VALUE_STRING -> new Value.Text(parser.getString());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Value.Amount(Decimal.of(parser.getString()));
            case VALUE_TRUE -> Value.Word.TRUE;
            case VALUE_FALSE -> Value.Word.FALSE;
            case VALUE_NULL -> Value.Word.NULL;
            default -> Value.Word.STRUCTURE;
        };
    }
}
