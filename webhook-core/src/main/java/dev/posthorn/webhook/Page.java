package dev.posthorn.webhook;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of a list. Because a page reads a bounded number of rows, it may hold fewer items than asked for, even none,
 * while there are more: only {@code next} says where the list ends.
 *
 * @param items in the list's order
 * @param next where the next page starts, opaque; {@code null} at the end
 */
public record Page<T>(List<T> items, @Nullable String next) {
    /** Keeps a copy of the list. */
    public Page {
        items = List.copyOf(items);
    }
}
