package dev.posthorn.webhook.filter;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is asked of one value. Its text is its field and value in JSON. */
sealed interface Check {
    /**
     * Whether it holds.
     *
     * @param value {@code null} where there is none
     */
    Truth of(@Nullable Value value);

    /** Whether it is the same, of the same kind. */
    record Equal(Value expected) implements Check {
        @Override
        public Truth of(@Nullable Value value) {
            return value == null ? Truth.UNKNOWN : Truth.of(value.equals(expected));
        }

        @Override
        public String toString() {
            return "\"equals\":" + expected;
        }
    }

    /** Whether it is there and not the same. */
    record NotEqual(Value unexpected) implements Check {
        @Override
        public Truth of(@Nullable Value value) {
            return value == null ? Truth.UNKNOWN : Truth.of(!value.equals(unexpected));
        }

        @Override
        public String toString() {
            return "\"not_equals\":" + unexpected;
        }
    }

    /** Whether it is one of these. */
    record In(List<Value> listed, Set<Value> values) implements Check {
        In(List<Value> listed) {
            this(listed, Set.copyOf(listed));
        }

        @Override
        public Truth of(@Nullable Value value) {
            return value == null ? Truth.UNKNOWN : Truth.of(values.contains(value));
        }

        @Override
        public String toString() {
            return listed.stream().map(Value::toString).collect(Collectors.joining(",", "\"in\":[", "]"));
        }
    }

    /** Whether it is there, be it {@code null}. Always known. */
    record Exists(boolean expected) implements Check {
        @Override
        public Truth of(@Nullable Value value) {
            return Truth.of((value != null) == expected);
        }

        @Override
        public String toString() {
            return "\"exists\":" + expected;
        }
    }

    /** Whether it lies so to a number. Unknown where it is no number. */
    record Compares(Order order, Decimal bound) implements Check {
        /** The names in JSON, in lower case. */
        enum Order {
            GT,
            GTE,
            LT,
            LTE;

            boolean holds(int comparison) {
                return switch (this) {
                    case GT -> comparison > 0;
                    case GTE -> comparison >= 0;
                    case LT -> comparison < 0;
                    case LTE -> comparison <= 0;
                };
            }

            String json() {
                return name().toLowerCase(Locale.ROOT);
            }
        }

        @Override
        public Truth of(@Nullable Value value) {
            return value instanceof Value.Amount number
                    ? Truth.of(order.holds(number.amount().compareTo(bound)))
                    : Truth.UNKNOWN;
        }

        @Override
        public String toString() {
            return "\"" + order.json() + "\":" + bound;
        }
    }

    /** Whether it begins so. Unknown where it is no string. */
    record Prefix(String prefix) implements Check {
        @Override
        public Truth of(@Nullable Value value) {
            return value instanceof Value.Text text ? Truth.of(text.text().startsWith(prefix)) : Truth.UNKNOWN;
        }

        @Override
        public String toString() {
            return "\"prefix\":" + Value.quoted(prefix);
        }
    }
}
