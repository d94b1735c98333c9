package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.Header;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What is kept of an answer's header: text that is harmless wherever it is shown or stored, and not too much of it. For
 * one answer.
 */
final class AnswerHeaders {
    private static final int MOST_FIELDS = 200;
    private static final int MOST_CHARACTERS = 32 * 1024;

    private final List<Header> kept = new ArrayList<>();
    private int characters;
    private boolean isFull;

    /** Adds a field, each character of which stands for one byte. From the first one that passes the limit, none is. */
    void add(String name, String value) {
        var header = new Header(escape(name), escape(value));
        characters += header.name().length() + header.value().length();
        isFull |= kept.size() == MOST_FIELDS || characters > MOST_CHARACTERS;
        if (!isFull) {
            kept.add(header);
        }
    }

    /** Those added, in their order. */
    List<Header> list() {
        return kept;
    }

    private static String escape(String text) {
        int plain = 0;
        while (plain < text.length() && isPlain(text.charAt(plain))) {
            plain++;
        }
        if (plain == text.length()) {
            return text;
        }
        var escaped = new StringBuilder(text.substring(0, plain));
        for (int i = plain; i < text.length(); i++) {
            char c = text.charAt(i);
            escaped.append(isPlain(c) ? String.valueOf(c) : String.format(Locale.ROOT, "\\x%02X", c & 0xff));
        }
        return escaped.toString();
    }

    private static boolean isPlain(char c) {
        return c >= ' ' && c <= '~';
    }
}
