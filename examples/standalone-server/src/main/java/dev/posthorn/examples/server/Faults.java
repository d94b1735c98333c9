package dev.posthorn.examples.server;

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
    private static final Map<String, String> IN_JSON = Map.of(
            "url", "target_url",
            "type", "event_type",
            "timeout", "timeout_ms",
            "overlap", "overlap_ms",
            "delays", "retry.delays_ms",
            "jitter", "retry.jitter",
            "attempts", "rate_limit.attempts",
            "per", "rate_limit.per_ms",
            "burst", "rate_limit.burst");

    private final Map<String, String> names;
    private final List<Fault> faults = new ArrayList<>();

    private Faults(Map<String, String> names) {
        this.names = names;
    }

    /** For a request whose fields are JSON or query parameters. */
    static Faults inJson() {
        return new Faults(IN_JSON);
    }

    /** For a request whose fields are elsewhere: core's names, and what the request calls them. */
    static Faults under(Map<String, String> names) {
        return new Faults(names);
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
        found.forEach(fault -> add(nameOf(fault.field()), fault.problem()));
    }

    /** What the request calls a field of core's: {@code eventTypes[0]} is {@code event_types[0]}. */
    private String nameOf(String field) {
        int end = field.indexOf('[') < 0 ? field.length() : field.indexOf('[');
        var word = field.substring(0, end);
        var name = names.get(word);
        return (name == null ? word.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT) : name)
                + field.substring(end);
    }

    /** @throws org.springframework.web.ErrorResponseException 400 with all that was gathered, if anything was */
    void throwIfAny() {
        if (!faults.isEmpty()) {
            throw Problems.of(HttpStatus.BAD_REQUEST, "The request has faults; nothing was done.", faults);
        }
    }
}
