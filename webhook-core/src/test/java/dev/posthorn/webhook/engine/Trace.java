package dev.posthorn.webhook.engine;

import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** What happened in a simulation: a hash of all of it, and the last lines in words. */
final class Trace {
    private static final int LINES_IN_TAIL = 150;

    private final Line[] lines;
    private long count;
    private long hash = 17;

    /** Put into words only if somebody wants to read it. */
    private record Line(long at, String what, List<Object> parts) {
        @Override
        public String toString() {
            var text = new StringBuilder(String.format("%12.6f s  %s", at / 1e9, what));
            for (var part : parts) {
                text.append(' ').append(part instanceof UUID id ? brief(id) : part);
            }
            return text.toString();
        }
    }

    /** @param linesKept how many of the last lines can be read */
    Trace(int linesKept) {
        lines = new Line[linesKept];
    }

    /** Notes something; the parts must not change later. */
    void note(long at, String what, Object... parts) {
        hash = 31 * hash + at;
        hash = 31 * hash + what.hashCode();
        for (var part : parts) {
            // Of enums and the like the hash is another in each JVM.
            hash = 31 * hash
                    + (part instanceof UUID || part instanceof Number || part instanceof String
                            ? part.hashCode()
                            : part.toString().hashCode());
        }
        lines[(int) (count++ % lines.length)] = new Line(at, what, Arrays.asList(parts));
    }

    long hash() {
        return hash;
    }

    /** The last lines, oldest first. */
    String tail() {
        return last(LINES_IN_TAIL);
    }

    /** All lines that were kept. */
    String all() {
        return last(lines.length);
    }

    private String last(int most) {
        var text = new StringBuilder();
        for (long i = Math.max(0, count - Math.min(most, lines.length)); i < count; i++) {
            text.append(lines[(int) (i % lines.length)]).append('\n');
        }
        return text.toString();
    }

    /** Only the lines that name this. */
    String about(UUID id) {
        var text = new StringBuilder();
        for (long i = Math.max(0, count - lines.length); i < count; i++) {
            var line = lines[(int) (i % lines.length)];
            if (line.parts.contains(id)) {
                text.append(line).append('\n');
            }
        }
        return text.toString();
    }

    /** The random end of an id tells it from others. */
    static String brief(UUID id) {
        return String.format("%08x", (int) id.getLeastSignificantBits());
    }
}
