package dev.posthorn.webhook;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What the headers of a subscription or an event may be. */
final class HeaderRules {
    private static final int MOST_HEADERS = 64;
    private static final int MOST_CHARACTERS = 8 * 1024;
    private static final int MOST_SHOWN = 64;

    // They frame the message or belong to one connection (RFC 9110 §7.6.1), so that a value of anyone else's could make
    // two
    // requests of one, or keep the answer back.
    private static final Set<String> OF_THE_CONNECTION = Set.of(
            "connection",
            "content-length",
            "expect",
            "host",
            "http2-settings",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "via");

    // Content-Type is a part of the event, which has it apart from its headers. User-Agent says who sends, which is us:
    // a
    // receiver that blocks or rates by it must not be misled by one of our users.
    private static final Set<String> OURS = Set.of("content-type", "user-agent");

    private HeaderRules() {}

    /**
     * Adds a fault for each thing that is wrong with these headers. A fault names the header, {@code headers[X-Name]},
     * or tells its place in the map, {@code headers[0]}, where the name is not fit to be shown. It never contains a
     * value: values are often credentials.
     *
     * @param field what the faults call the map
     */
    static void check(Map<String, String> headers, String field, Faults faults) {
        faults.check(headers.size() <= MOST_HEADERS, field, "must be at most " + MOST_HEADERS);
        var seen = new HashSet<String>();
        long characters = 0;
        int index = 0;
        for (var header : headers.entrySet()) {
            var name = header.getKey();
            var value = header.getValue();
            boolean isToken = isToken(name);
            var one = field + "[" + (isToken && name.length() <= MOST_SHOWN ? name : index) + "]";
            var lower = name.toLowerCase(Locale.ROOT);
            faults.check(isToken, one, "must have a name of letters, digits and !#$%&'*+-.^_`|~");
            faults.check(!isReserved(lower), one, "must not be set: it belongs to the connection or to Posthorn");
            faults.check(seen.add(lower), one, "must not be there twice; upper and lower case are the same");
            faults.check(isValue(value), one, "must have a value of visible ASCII characters, spaces and tabs");
            characters += name.length() + (long) value.length();
            index++;
        }
        faults.check(characters <= MOST_CHARACTERS, field, "must have names and values of at most 8 KB in all");
    }

    /** The same faults, of headers that only {@code headers} can mean. */
    static List<InvalidInputException.Fault> faultsIn(Map<String, String> headers) {
        var faults = new Faults();
        check(headers, "headers", faults);
        return faults.list();
    }

    private static boolean isReserved(String lower) {
        return OF_THE_CONNECTION.contains(lower)
                || OURS.contains(lower)
                || lower.startsWith("proxy-")
                || lower.startsWith("webhook-");
    }

    /** Whether a name is a token (RFC 9110 §5.6.2). */
    private static boolean isToken(String name) {
        return !name.isEmpty()
                && name.chars()
                        .allMatch(c -> (c >= 'a' && c <= 'z')
                                || (c >= 'A' && c <= 'Z')
                                || (c >= '0' && c <= '9')
                                || "!#$%&'*+-.^_`|~".indexOf(c) >= 0);
    }

    private static boolean isValue(String value) {
        return value.chars().allMatch(c -> (c >= ' ' && c <= '~') || c == '\t');
    }
}
