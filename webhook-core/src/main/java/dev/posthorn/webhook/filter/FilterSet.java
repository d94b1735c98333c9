package dev.posthorn.webhook.filter;

import dev.posthorn.webhook.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Filters that are evaluated together: a payload is read once for all of them. Those that hold for a few values at one place
 * only, such as {@code /customer equals …}, are found by the value there, so that they cost nothing while it is another.
 * Immutable; safe for use by several threads.
 */
public final class FilterSet {
    private final List<Condition> filters;
    private final PayloadReader reader;
    private final List<Integer> withoutKey = new ArrayList<>();
    private final Map<Pointer, Map<Value, List<Integer>>> byKey = new HashMap<>();

    /**
     * Makes a set of these.
     *
     * @param filters best without repeats, for each is evaluated
     */
    public FilterSet(List<Condition> filters) {
        this.filters = List.copyOf(filters);
        var pointers = new HashSet<Pointer>();
        for (int i = 0; i < filters.size(); i++) {
            filters.get(i).pointers(pointers::add);
            var key = filters.get(i).key();
            if (key == null) {
                withoutKey.add(i);
            } else {
                var byValue = byKey.computeIfAbsent(key.pointer(), pointer -> new HashMap<>());
                for (var value : key.values()) {
                    byValue.computeIfAbsent(value, any -> new ArrayList<>()).add(i);
                }
            }
        }
        reader = new PayloadReader(pointers);
    }

    /**
     * Finds those that match a payload, in no order: none if it is not one JSON text.
     *
     * @param with is given each one's place in the list
     */
    public void matching(Bytes payload, IntConsumer with) {
        reader.read(payload).ifPresent(values -> {
            withoutKey.forEach(filter -> tell(filter, values, with));
            byKey.forEach((pointer, byValue) -> {
                var value = values.get(pointer);
                if (value != null) {
                    byValue.getOrDefault(value, List.of()).forEach(filter -> tell(filter, values, with));
                }
            });
        });
    }

    private void tell(int filter, Map<Pointer, Value> values, IntConsumer with) {
        if (filters.get(filter).in(values) == Truth.YES) {
            with.accept(filter);
        }
    }
}
