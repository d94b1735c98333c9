package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.PayloadFilter;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.filter.Condition;
import dev.posthorn.webhook.filter.FilterSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Those who want a type, and what each of them wants of its payloads. A payload is read once for all of them, and only if one
 * of them has a filter; a filter that several have is evaluated once. Immutable; safe for use by several threads.
 */
final class Wanting {
    private final List<CachedSubscription> all;
    private final int[] withoutFilter;
    private final List<int[]> byFilter;
    private final @Nullable FilterSet filters;

    private Wanting(
            List<CachedSubscription> all, int[] withoutFilter, List<int[]> byFilter, @Nullable FilterSet filters) {
        this.all = all;
        this.withoutFilter = withoutFilter;
        this.byFilter = byFilter;
        this.filters = filters;
    }

    /** @param read how a filter is read */
    static Wanting of(List<CachedSubscription> all, Function<PayloadFilter, Condition> read) {
        var withoutFilter = new ArrayList<Integer>();
        var byFilter = new LinkedHashMap<PayloadFilter, List<Integer>>();
        for (int i = 0; i < all.size(); i++) {
            var filter = all.get(i).settings().filter();
            var alike =
                    filter == null ? withoutFilter : byFilter.computeIfAbsent(filter, distinct -> new ArrayList<>());
            alike.add(i);
        }
        var filters = byFilter.isEmpty()
                ? null
                : new FilterSet(byFilter.keySet().stream().map(read).toList());
        return new Wanting(
                all,
                ints(withoutFilter),
                byFilter.values().stream().map(Wanting::ints).toList(),
                filters);
    }

    private static int[] ints(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Those who want this event, which is of the type, in the order in which they were given. */
    List<CachedSubscription> of(WebhookEvent event) {
        if (filters == null) {
            return all;
        }
        if (!isJson(event.contentType())) {
            return Arrays.stream(withoutFilter).mapToObj(all::get).toList();
        }
        var wanting = IntStream.builder();
        filters.matching(
                event.payload(), filter -> Arrays.stream(byFilter.get(filter)).forEach(wanting::add));
        return IntStream.concat(Arrays.stream(withoutFilter), wanting.build())
                .sorted()
                .mapToObj(all::get)
                .toList();
    }

    /** Whether payloads of this media type are JSON (RFC 6839 §3.1). What they are published as counts, not what they look like. */
    static boolean isJson(String contentType) {
        int end = contentType.indexOf(';');
        var type =
                (end < 0 ? contentType : contentType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
        return type.equals("application/json") || type.equals("text/json") || type.endsWith("+json");
    }

    /** How much there is to keep in memory. */
    int size() {
        return all.size();
    }
}
