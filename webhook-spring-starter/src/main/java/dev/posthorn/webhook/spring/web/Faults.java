package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.InvalidInputException.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.http.HttpStatus;

/** Gathers what is wrong with one request, under the names that the request uses, so that all of it can be said at once. */
final class Faults {
    /** What core's names are in JSON, where it is not the same words in snake case. */
    private static final Map<String, String> IN_JSON = Map.ofEntries(
            Map.entry("url", "target_url"),
            Map.entry("type", "event_type"),
            Map.entry("timeout", "timeout_ms"),
            Map.entry("overlap", "overlap_ms"),
            Map.entry("signatureSchemes", "signature.schemes"),
            Map.entry("signedIngest", "signature.required"),
            Map.entry("delays", "retry.delays_ms"),
            Map.entry("jitter", "retry.jitter"),
            Map.entry("attempts", "rate_limit.attempts"),
            Map.entry("per", "rate_limit.per_ms"),
            Map.entry("burst", "rate_limit.burst"));

    private final HttpStatus status;
    private final Map<String, String> names;
    private final List<Fault> faults = new ArrayList<>();

    private Faults(HttpStatus status, Map<String, String> names) {
        this.status = status;
        this.names = names;
    }

    /** For JSON that could be read, but not be meant so: 422. */
    static Faults inBody() {
        return new Faults(HttpStatus.UNPROCESSABLE_CONTENT, IN_JSON);
    }

    /** For query parameters: 400. */
    static Faults inParameters() {
        return new Faults(HttpStatus.BAD_REQUEST, IN_JSON);
    }

    /** For headers: 400. */
    static Faults inHeaders(Map<String, String> names) {
        return new Faults(HttpStatus.BAD_REQUEST, names);
    }

    void add(String field, String problem) {
        faults.add(new Fault(field, problem));
    }

    /** Does what core is asked for. What core finds wrong is gathered, and the answer is then empty. */
    <T> Optional<T> gather(Supplier<T> work) {
        try {
            return Optional.of(work.get());
        } catch (InvalidInputException e) {
            addFromCore(e.faults());
            return Optional.empty();
        }
    }

    /** Adds what core found. */
    void addFromCore(List<Fault> found) {
        addFromCore("", found);
    }

    /** Adds what core found in a part of the request. */
    void addFromCore(String part, List<Fault> found) {
        found.forEach(fault -> add(part + nameOf(fault.field()), fault.problem()));
    }

    /** What the request calls a field of core's: {@code eventTypes[0]} is {@code event_types[0]}. */
    private String nameOf(String field) {
        int end = field.indexOf('[') < 0 ? field.length() : field.indexOf('[');
        var word = field.substring(0, end);
        var name = names.get(word);
        return (name == null ? word.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT) : name)
                + field.substring(end);
    }

    /** @throws org.springframework.web.ErrorResponseException 400 or 422 with all that was gathered, if anything was */
    void throwIfAny() {
        if (!faults.isEmpty()) {
            throw Problems.of(status, "The request has faults; nothing was done.", faults);
        }
    }
}
