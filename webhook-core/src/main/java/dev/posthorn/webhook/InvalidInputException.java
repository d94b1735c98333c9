package dev.posthorn.webhook;

import java.util.List;
import java.util.stream.Collectors;

/** Input was refused, and nothing was done. It names every fault that was found, not only the first. */
public final class InvalidInputException extends WebhookException {
    private static final long serialVersionUID = 1L;

    private final transient List<Fault> faults;

    /**
     * One thing that is wrong.
     *
     * @param field what it is about, in the words of the Java API, such as {@code eventTypes[0]}
     * @param problem what is wrong with it and what would be right, never with a secret in it
     */
    public record Fault(String field, String problem) {
        @Override
        public String toString() {
            return field + ": " + problem;
        }
    }

    /** Made of at least one fault. */
    public InvalidInputException(List<Fault> faults) {
        super(faults.stream().map(Fault::toString).collect(Collectors.joining("; ")), null);
        this.faults = List.copyOf(faults);
    }

    /** Every fault found, in the order of the fields; at least one. */
    public List<Fault> faults() {
        return faults;
    }
}
