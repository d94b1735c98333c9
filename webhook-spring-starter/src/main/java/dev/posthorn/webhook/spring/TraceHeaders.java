package dev.posthorn.webhook.spring;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which headers carry a trace: those of W3C and of B3. Baggage does not pass, for it holds whatever the application has
 * noted for itself, and requests go to strangers.
 */
final class TraceHeaders {
    private static final Set<String> NAMES = Set.of(
            "traceparent",
            "tracestate",
            "b3",
            "x-b3-traceid",
            "x-b3-spanid",
            "x-b3-parentspanid",
            "x-b3-sampled",
            "x-b3-flags");

    private TraceHeaders() {}

    static boolean include(String name) {
        return NAMES.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Takes what belongs to a trace, and leaves the rest. */
    static void put(@Nullable Map<String, String> headers, String name, String value) {
        if (headers != null && include(name)) {
            headers.put(name, value);
        }
    }
}
