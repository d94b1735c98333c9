package dev.posthorn.webhook.filter;

import tools.jackson.core.io.JsonStringEncoder;

/** A JSON value, as far as conditions look at it. Its text is its JSON. */
sealed interface Value {
    /** A string. Two are equal if their characters are; nothing is normalised. */
    record Text(String text) implements Value {
        @Override
        public String toString() {
            return quoted(text);
        }
    }

    /** A number. */
    record Amount(Decimal amount) implements Value {
        @Override
        public String toString() {
            return amount.toString();
        }
    }

    /** {@code true}, {@code false}, {@code null}, and whatever is an object or an array, which equals nothing in a filter. */
    enum Word implements Value {
        TRUE("true"),
        FALSE("false"),
        NULL("null"),
        STRUCTURE("…");

        private final String json;

        Word(String json) {
            this.json = json;
        }

        @Override
        public String toString() {
            return json;
        }
    }

    static String quoted(String text) {
        return "\"" + new String(JsonStringEncoder.getInstance().quoteAsCharArray(text)) + "\"";
    }
}
