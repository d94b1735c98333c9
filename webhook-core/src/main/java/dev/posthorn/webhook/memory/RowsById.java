package dev.posthorn.webhook.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Deliveries in the order of their ids. Ids ascend, so that adding one mostly is appending it, which costs a small part of
 * what a tree does. Used with the store's lock held.
 */
final class RowsById {
    private final List<DeliveryRow> rows = new ArrayList<>();
    private int forgotten;

    void add(DeliveryRow row) {
        if (rows.isEmpty() || rows.get(rows.size() - 1).id.compareTo(row.id) < 0) {
            rows.add(row);
        } else {
            rows.add(firstNotBefore(row.id), row);
        }
    }

    /** A row of this list has been marked as forgotten. */
    void noteForgotten() {
        forgotten++;
        // All at once, and not too late: what is forgotten is to free its memory.
        if (forgotten > rows.size() / 4) {
            rows.removeIf(row -> row.isForgotten);
            forgotten = 0;
        }
    }

    boolean isEmpty() {
        return rows.size() == forgotten;
    }

    /** Those with greater ids, ascending; all where there is no id. */
    Stream<DeliveryRow> after(@Nullable UUID id) {
        int from = id == null ? 0 : firstNotBefore(id);
        return rows.subList(from, rows.size()).stream().filter(row -> !row.isForgotten && !row.id.equals(id));
    }

    /** Those with smaller ids, descending; all where there is no id. */
    Stream<DeliveryRow> before(@Nullable UUID id) {
        int end = id == null ? rows.size() : firstNotBefore(id);
        return IntStream.rangeClosed(1, end)
                .mapToObj(back -> rows.get(end - back))
                .filter(row -> !row.isForgotten);
    }

    private int firstNotBefore(UUID id) {
        int low = 0;
        int high = rows.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (rows.get(middle).id.compareTo(id) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
