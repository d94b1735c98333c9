package dev.posthorn.webhook.filter;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Where in a document a value is (RFC 6901).
 *
 * @param text as it was written, such as {@code /order/items/0}
 * @param segments the names and indexes in it, unescaped; none is the whole document
 */
record Pointer(String text, List<String> segments) {
    private static final int LONGEST = 512;
    private static final int MOST_SEGMENTS = 32;

    /** @param text one without a fault */
    static Pointer of(String text) {
        if (text.isEmpty()) {
            return new Pointer(text, List.of());
        }
        // ~1 before ~0, so that ~01 is ~1 (RFC 6901 §4).
        var segments = Arrays.stream(text.substring(1).split("/", -1))
                .map(segment -> segment.replace("~1", "/").replace("~0", "~"))
                .toList();
        return new Pointer(text, segments);
    }

    /** What is wrong with a pointer, or empty. */
    static Optional<String> faultOf(String text) {
        if (text.length() > LONGEST) {
            return Optional.of("must be at most " + LONGEST + " characters");
        }
        if (!text.isEmpty() && text.charAt(0) != '/') {
            return Optional.of("must be empty or begin with / (RFC 6901)");
        }
        if (text.chars().filter(c -> c == '/').count() > MOST_SEGMENTS) {
            return Optional.of("must have at most " + MOST_SEGMENTS + " segments");
        }
        for (int i = text.indexOf('~'); i >= 0; i = text.indexOf('~', i + 1)) {
            if (i + 1 == text.length() || (text.charAt(i + 1) != '0' && text.charAt(i + 1) != '1')) {
                return Optional.of("may have ~ only as ~0, which stands for ~, and as ~1, which stands for /");
            }
        }
        return Optional.empty();
    }

    /** The index that a segment is in an array, or -1: digits without leading zeros. */
    static int index(String segment) {
        boolean isIndex = !segment.isEmpty()
                && segment.length() <= 9
                && segment.chars().allMatch(c -> c >= '0' && c <= '9')
                && (segment.length() == 1 || segment.charAt(0) != '0');
        return isIndex ? Integer.parseInt(segment) : -1;
    }

    // The text says it all, and is quick.
    @Override
    public boolean equals(Object other) {
        return other instanceof Pointer that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }
}
