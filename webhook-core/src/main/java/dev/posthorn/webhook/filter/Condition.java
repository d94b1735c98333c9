package dev.posthorn.webhook.filter;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A filter that was read. Its text is its JSON, in the one form that equal filters share. Immutable. */
public sealed interface Condition {
    /**
     * Whether it holds.
     *
     * @param values what was found, by where it was looked for
     */
    Truth in(Map<Pointer, Value> values);

    /** Calls back with every pointer in it. */
    void pointers(Consumer<Pointer> with);

    /** One of a few values that have to be at one place if this is to hold; {@code null} where there is no such place. */
    @Nullable
    Key key();

    /** One of these values has to be there. */
    record Key(Pointer pointer, Set<Value> values) {}

    /** A check of the value at one place. */
    record At(Pointer pointer, Check check) implements Condition {
        @Override
        public Truth in(Map<Pointer, Value> values) {
            return check.of(values.get(pointer));
        }

        @Override
        public void pointers(Consumer<Pointer> with) {
            with.accept(pointer);
        }

        @Override
        public @Nullable Key key() {
            if (check instanceof Check.Equal equal) {
                return new Key(pointer, Set.of(equal.expected()));
            }
            return check instanceof Check.In in ? new Key(pointer, in.values()) : null;
        }

        @Override
        public String toString() {
            return "{\"pointer\":" + Value.quoted(pointer.text()) + "," + check + "}";
        }
    }

    /** All of these. */
    record And(List<Condition> parts) implements Condition {
        @Override
        public Truth in(Map<Pointer, Value> values) {
            var truth = Truth.YES;
            for (var part : parts) {
                var ofPart = part.in(values);
                if (ofPart == Truth.NO) {
                    return Truth.NO;
                }
                truth = ofPart == Truth.UNKNOWN ? ofPart : truth;
            }
            return truth;
        }

        @Override
        public void pointers(Consumer<Pointer> with) {
            parts.forEach(part -> part.pointers(with));
        }

        @Override
        public @Nullable Key key() {
            for (var part : parts) {
                var key = part.key();
                if (key != null) {
                    return key;
                }
            }
            return null;
        }

        @Override
        public String toString() {
            return json("and", parts);
        }
    }

    /** At least one of these. */
    record Or(List<Condition> parts) implements Condition {
        @Override
        public Truth in(Map<Pointer, Value> values) {
            var truth = Truth.NO;
            for (var part : parts) {
                var ofPart = part.in(values);
                if (ofPart == Truth.YES) {
                    return Truth.YES;
                }
                truth = ofPart == Truth.UNKNOWN ? ofPart : truth;
            }
            return truth;
        }

        @Override
        public void pointers(Consumer<Pointer> with) {
            parts.forEach(part -> part.pointers(with));
        }

        @Override
        public @Nullable Key key() {
            return parts.size() == 1 ? parts.get(0).key() : null;
        }

        @Override
        public String toString() {
            return json("or", parts);
        }
    }

    /** The opposite, as far as it is known. */
    record Not(Condition part) implements Condition {
        @Override
        public Truth in(Map<Pointer, Value> values) {
            return part.in(values).negated();
        }

        @Override
        public void pointers(Consumer<Pointer> with) {
            part.pointers(with);
        }

        @Override
        public @Nullable Key key() {
            return null;
        }

        @Override
        public String toString() {
            return "{\"not\":" + part + "}";
        }
    }

    private static String json(String name, List<Condition> parts) {
        return parts.stream().map(Condition::toString).collect(Collectors.joining(",", "{\"" + name + "\":[", "]}"));
    }
}
