package dev.posthorn.webhook;

import dev.posthorn.webhook.filter.Condition;
import dev.posthorn.webhook.filter.FilterReader;
import dev.posthorn.webhook.filter.FilterSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What a subscription wants of an event's payload, beside its type: a condition on JSON, itself written in JSON.
 *
 * <pre>{@code
 * {"and": [
 *   {"pointer": "/order/total", "gte": 100},
 *   {"pointer": "/order/currency", "in": ["EUR", "CHF"]},
 *   {"not": {"pointer": "/order/test", "equals": true}}
 * ]}
 * }</pre>
 *
 * <p>A condition has a {@code pointer} (RFC 6901; {@code ""} is the whole payload) and exactly one of:
 *
 * <table>
 * <caption>conditions</caption>
 * <tr><th></th><th>holds if what is there</th></tr>
 * <tr><td>{@code equals}</td><td>is this string, number, {@code true}, {@code false} or {@code null}</td></tr>
 * <tr><td>{@code not_equals}</td><td>is anything else</td></tr>
 * <tr><td>{@code in}</td><td>is one of these, at most 100</td></tr>
 * <tr><td>{@code gt}, {@code gte}, {@code lt}, {@code lte}</td><td>is a number above, not below, below, not above
 *     this</td></tr>
 * <tr><td>{@code prefix}</td><td>is a string that begins so</td></tr>
 * <tr><td>{@code exists}</td><td>is anything, be it {@code null}; or, with {@code false}, if nothing is there</td></tr>
 * </table>
 *
 * <p>or is {@code {"and": […]}}, {@code {"or": […]}} or {@code {"not": {…}}}.
 *
 * <p><b>What is missing matches nothing but {@code "exists": false}.</b> A condition on a value that is not there, a comparison
 * with what is no number, and a prefix of what is no string are neither true nor false, nor is then their {@code not}, as in
 * SQL; a filter matches only if it is true. So {@code {"not": {"pointer": "/test", "equals": true}}} does not match a payload
 * without {@code test}: say {@code {"or": [{"pointer": "/test", "exists": false}, …]}} where it should.
 *
 * <p>Numbers are compared exactly, as decimals of any size: 1, 1.0 and 10e-1 are equal, 0.1 and 0.10000000000000001 are not.
 * Strings are equal if all their characters are. Of members with one name in the payload the last counts. Payloads with
 * numbers of more than 1,000 characters or nested deeper than 500 count as no JSON.
 *
 * <p>A filter has at most 64 conditions, at most 8 {@code and}, {@code or} and {@code not} around each, and 8,192 bytes.
 * Numbers in it have at most 100 digits and lie within 1e1000, pointers have at most 512 characters and 32 segments. What is
 * no filter is refused when it is parsed, so a filter can always be evaluated.
 *
 * <p>Two are equal if they are the same but for spaces and how their numbers and strings are written. Immutable; safe for use
 * by several threads.
 */
public final class PayloadFilter {
    private final String json;

    private PayloadFilter(String json) {
        this.json = json;
    }

    /**
     * Reads a filter.
     *
     * @throws InvalidInputException naming every fault and where it is, such as {@code filter.and[0].gte}
     */
    public static PayloadFilter parse(String json) {
        return new PayloadFilter(FilterReader.read(json).toString());
    }

    /**
     * Whether it matches this payload, as it would when an event with it is published as JSON. It never matches what is not
     * one JSON text in UTF-8.
     */
    public boolean matches(Bytes payload) {
        var matches = new AtomicBoolean();
        new FilterSet(List.<Condition>of(FilterReader.read(json))).matching(payload, filter -> matches.set(true));
        return matches.get();
    }

    /** As JSON, without spaces, in its shortest form: the same for equal filters. */
    public String toJson() {
        return json;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PayloadFilter that && json.equals(that.json);
    }

    @Override
    public int hashCode() {
        return json.hashCode();
    }

    /** The same as {@link #toJson()}. */
    @Override
    public String toString() {
        return json;
    }
}
