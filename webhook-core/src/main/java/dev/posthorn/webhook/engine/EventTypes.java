package dev.posthorn.webhook.engine;

import java.util.Optional;

/** What event types and the patterns for them look like. */
public final class EventTypes {
    /** Everything: the one pattern that is not read by segments. */
    static final String ALL = "*";
    /** One segment. */
    static final String ANY = "*";
    /** As the last segment: one segment or more. */
    static final String REST = "**";

    private static final int LONGEST = 128;

    private EventTypes() {}

    /** Whether it is an event type; tenants are named by the same rule. */
    public static boolean isName(String text) {
        if (text.isEmpty() || text.length() > LONGEST) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (!isNameCharacter(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNameCharacter(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '_'
                || c == '-'
                || c == '.';
    }

    /** What is wrong with a pattern, or empty. */
    public static Optional<String> faultOf(String pattern) {
        if (pattern.isEmpty() || pattern.length() > LONGEST) {
            return Optional.of("must have 1 to 128 characters");
        }
        var segments = segments(pattern);
        for (int i = 0; i < segments.length; i++) {
            var segment = segments[i];
            if (segment.equals(REST) && i < segments.length - 1) {
                return Optional.of("may have ** only as its last segment");
            }
            if (segment.contains("*") && !segment.equals(ANY) && !segment.equals(REST)) {
                return Optional.of("may have * only as a whole segment, such as order.*");
            }
            if (!segment.contains("*") && !segment.isEmpty() && !isName(segment)) {
                return Optional.of("may have only letters, digits, _ - . and *");
            }
        }
        return Optional.empty();
    }

    /** Whether a pattern without faults matches a type. */
    static boolean matches(String pattern, String type) {
        if (pattern.equals(ALL) || pattern.equals(type)) {
            return true;
        }
        var wanted = segments(pattern);
        var given = segments(type);
        for (int i = 0; i < wanted.length; i++) {
            if (i == given.length) {
                return false;
            }
            if (wanted[i].equals(REST)) {
                return true;
            }
            if (!wanted[i].equals(ANY) && !wanted[i].equals(given[i])) {
                return false;
            }
        }
        return wanted.length == given.length;
    }

    static boolean isPattern(String text) {
        return text.indexOf('*') >= 0;
    }

    static String[] segments(String text) {
        return text.split("\\.", -1);
    }
}
